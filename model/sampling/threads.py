"""Linear algebra on one thread, so that draws are reproducible."""

from collections.abc import Callable
from functools import wraps

from threadpoolctl import threadpool_limits


def one_blas_thread[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function to run with one BLAS thread.

    Chains already run side by side: BLAS threads inside them would compete for the same cores,
    and split a sum differently for another number of cores.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with threadpool_limits(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited
