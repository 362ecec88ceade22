"""Mathematical constants of the densities and scales."""

import math

LOG_TWO_PI = math.log(2 * math.pi)
EULER = math.e
