"""What can go wrong with a switched circuit, each with one clear line."""


class CircuitError(ValueError):
    """The declared circuit has no solution or no meaning; raised before the run."""


class SwitchedRunError(RuntimeError):
    """The run met a state it cannot continue from; carries the time and the configuration.

    Attributes
    ----------
    time_s : float
        Simulated time of the event (s).
    configuration : str
        Which switches and diodes conducted.
    """

    def __init__(self, message: str, time_s: float, configuration: str) -> None:
        super().__init__(f"{message} at t = {time_s:.9g} s in configuration [{configuration}]")
        self.time_s = time_s
        self.configuration = configuration
