"""What a run leaves behind: trace, messages, events, verdicts, report, manifest.

In processing order: ``signals`` declares what is recorded; ``stream`` appends it while the run
lives and ``parquet`` seals it; ``journal`` keeps messages and events; ``facts`` are the measured
quantities a run is judged on, ``limit`` reads what they are judged against and ``verdict`` judges;
``ledger`` closes the energy balance; ``manifest`` signs the folder with hashes and versions;
``recorder`` drives all of it, ``recover`` repairs a folder whose writer was killed, and
``report`` draws the page. Nothing here imports pyarrow or plotly before it is used.
"""
