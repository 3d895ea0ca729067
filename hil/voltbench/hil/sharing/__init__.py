"""Modules in parallel, shown: heat soak under derating, what parking modules gains, ripple."""
