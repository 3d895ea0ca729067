"""What ``voltbench charge`` does before its first interrupt, in a process of its own."""


def first_interrupt() -> None:
    """Import the command, read the catalog, build everything, compile, run one interrupt."""
    import voltbench.hil.cli.main  # noqa: F401
    from voltbench.hil.charge_setup import prepare
    from voltbench.hil.compiling import compile_loop
    from voltbench.hil.options import ChargeOptions

    setup = prepare(ChargeOptions())
    compile_loop(setup, lambda _: None)
    setup.bench.execute(1)
