"""What is published of the recorded sessions of a Hyundai Ioniq 28 kWh, point by point.

Read from the decoded DIN 70121 messages of github.com/uhi22/Ioniq28Investigations (@f3ae1b0:
Alpitronic HYC150, Landsberg, 2024-04-03, both outlets; @dfa3880: Compleo 50 kW). That
repository states no licence: single readings are quoted here, its series are not included.
"""

import numpy as np

HYC150_PRE_CHARGE = (
    (0.03, 0.0), (0.12, 101.8), (0.21, 119.2), (0.30, 210.2), (0.39, 255.5), (0.48, 342.1),
    (0.57, 349.9), (1.38, 354.5),
)  # fmt: skip
"""Second outlet: s since the first PreChargeReq, V reported; the last with closed contactors."""
HYC150_TARGET_V = 354.9
HYC150_FIRST_CURRENT_s = 0.9
"""From the first CurrentDemandReq."""
HYC150_LAG_A = (2.0, 3.0)
"""Request minus current on the ramp of 10 A/s."""
HYC150_TOP = (17.3, 171.6)
"""End of the ramp: s since the first CurrentDemandReq, A (second outlet)."""
HYC150_REQUEST_A, HYC150_STEADY_A = 172.0, 171.8
PACK_FIRST = ((0.0, 353.2), (18.0, 366.4))
"""First outlet: s since the first CurrentDemandReq, V at the charger."""
PACK_FIRST_DRIFT_V_per_s = 0.15
"""From the end of the ramp to the end of the session, about 33 s after the first request."""
PACK_SECOND = ((0.0, 354.5), (17.3, 367.1), (54.0, 371.7))
"""Second outlet."""
COMPLEO_TARGET_V, COMPLEO_HIGHEST_V, COMPLEO_PRE_CHARGE_s = 345.1, 362.0, 3.1
COMPLEO_CURRENT_A, COMPLEO_TIME_TO_CURRENT_s = 125.0, 72.8
COMPLEO_REST_V = 344.5
"""At 28 % displayed."""


def hyc150_current_A(time_s: float) -> float:
    """Return the published course of the current: none, the ramp, then the top."""
    times = (HYC150_FIRST_CURRENT_s, HYC150_TOP[0])
    return float(np.interp(time_s, times, (0.0, HYC150_TOP[1])))
