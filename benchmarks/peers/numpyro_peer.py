"""The model in NumPyro, written as its users would: low-rank normals, sampled by its own NUTS.

Runs in an environment of its own, on the arrays that `benchmarks.peers.run` exports.
"""

import time

START = time.perf_counter()

import jax  # noqa: E402
import numpy as np  # noqa: E402

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402
import numpyro  # noqa: E402
import numpyro.distributions as dist  # noqa: E402
from measure import load, report  # noqa: E402
from numpyro.infer import MCMC, NUTS  # noqa: E402

numpyro.set_host_device_count(4)


def model(data, names):
    """State the trend, the law, step MFU and campaigns, coefficients integrated out."""
    loc, scale, shape = data["prior_loc"], data["prior_scale"], data["prior_shape"]
    at = {name: i for i, name in enumerate(names)}

    def half_normal(name):
        return numpyro.sample(name, dist.HalfNormal(scale[at[name]]))

    def low_rank(name, mean, factor, variance, observed):
        numpyro.sample(name, dist.LowRankMultivariateNormal(mean, factor, variance), obs=observed)

    noise, grade = half_normal("trend_noise"), half_normal("trend_grade_factor")
    drift = half_normal("trend_drift")
    line = jnp.array([at["trend_level"], at["trend_slope"]])
    sd = data["trend_is_line"] @ scale[line] + data["trend_is_change"] * drift
    low_rank(
        "trend",
        data["trend_basis"][:, :2] @ loc[line],
        data["trend_basis"] * sd,
        noise**2 + (grade * data["trend_grade_sd"]) ** 2,
        data["trend_log10_flop"],
    )
    size, exponent = half_normal("law_size_spread"), half_normal("law_exponent_spread")
    symmetric = shape[at["law_correlation"]]
    correlation = -1 + 2 * numpyro.sample("law_base", dist.Beta(symmetric, symmetric))
    means = jnp.array([at["law_pivot_parameters"], at["law_exponent_mean"]])
    mean = numpyro.sample("law_means", dist.Normal(loc[means], scale[means]).to_event(1))
    sets = data["law_moment"].shape
    effects = numpyro.sample("law_effects", dist.Normal(0, 1).expand(sets).to_event(2))
    along = correlation * effects[:, 0] + jnp.sqrt(1 - correlation**2) * effects[:, 1]
    law = mean + jnp.column_stack([size * effects[:, 0], exponent * along])
    squares = jnp.einsum("si,sij,sj->", law, data["law_information"], law)
    squares = squares - 2 * (law * data["law_moment"]).sum() + data["law_square"].sum()
    numpyro.factor("law", -(squares + data["law_log_determinant"].sum()) / 2)
    between, within = half_normal("mfu_system_spread"), half_normal("mfu_run_spread")
    columns = [at[f"mfu_{name}"] for name in ("median", "fp8", "moe", "hpc", "devices")]
    columns = jnp.array(columns)
    factor = jnp.hstack([data["mfu_basis"] * scale[columns], data["mfu_membership"] * between])
    variance = within**2 + data["mfu_rounding_sd"] ** 2
    low_rank("mfu", data["mfu_basis"] @ loc[columns], factor, variance, data["mfu_logit"])
    campaigns(data, half_normal, lambda name: dist.Normal(loc[at[name]], scale[at[name]]))


def campaigns(data, half_normal, normal):
    """State counting and goodput; the goodput of each row is a variable of its own."""
    level, fall, mixture, counting = (
        numpyro.sample(name, normal(name))
        for name in (
            *("campaign_goodput", "campaign_goodput_devices", "campaign_goodput_moe"),
            "campaign_counting",
        )
    )
    spread = half_normal("campaign_goodput_spread")
    counting_spread = half_normal("campaign_counting_spread")

    def centre(rows):
        return level - fall * data[f"{rows}_devices"] + mixture * data[f"{rows}_moe"]

    mean, bounded = centre("goodput"), data["goodput_bounded"]
    sd = jnp.hypot(spread, data["goodput_sd"])
    stated = dist.Normal(mean, sd).log_prob(data["goodput_logit"])
    above = jax.scipy.stats.norm.logcdf(
        data["goodput_side"] * (mean - data["goodput_logit"]) / spread
    )
    numpyro.factor("goodput", jnp.where(bounded > 0, above, stated).sum())
    mean, side = centre("campaign"), data["campaign_side"]
    part = jax.scipy.stats.norm.cdf(side * (mean - data["campaign_bound"]) / spread)
    uniform = numpyro.sample("campaign_base", dist.Uniform(0, 1).expand(mean.shape).to_event(1))
    drawn = mean - side * spread * jax.scipy.special.ndtri(part * uniform)
    logit = jnp.where(data["campaign_known"] > 0, data["campaign_logit"], drawn)
    expected = counting + jax.nn.log_sigmoid(logit)
    numpyro.sample(
        "campaign",
        dist.Normal(expected, jnp.hypot(counting_spread, data["campaign_sd"])),
        obs=data["campaign_log_ratio"],
    )


KERNEL = NUTS(model, target_accept_prob=0.9)
SAMPLERS = {}


def fit(path, draws, seed):
    """Sample 4 chains one after the other with 1000 draws of adaptation."""
    if draws not in SAMPLERS:
        SAMPLERS[draws] = MCMC(
            KERNEL, num_warmup=1000, num_samples=draws, num_chains=4,
            chain_method="sequential", progress_bar=False,
        )  # fmt: skip
    arrays, names = load(path)
    mcmc = SAMPLERS[draws]
    data = {name: jnp.asarray(values) for name, values in arrays.items()}
    mcmc.run(jax.random.PRNGKey(seed), data, tuple(names))
    return {name: np.asarray(v) for name, v in mcmc.get_samples(group_by_chain=True).items()}


if __name__ == "__main__":
    report(fit, START)
