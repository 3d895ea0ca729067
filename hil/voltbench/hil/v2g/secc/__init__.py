"""The charger's communication controller: an I/O-free machine from plug-in to unlock."""
