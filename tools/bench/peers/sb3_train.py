"""The training rows of ../suites/train.mjs with Stable-Baselines3: python3 sb3_train.py [--threads N] [--json] [--only NAME] [--repeats N]"""

from timing import arguments, chosen, report, use_cores

options = arguments(__doc__)
use_cores(options.threads)

import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

import torch  # noqa: E402
from stable_baselines3 import PPO, SAC  # noqa: E402
from stable_baselines3.common.callbacks import BaseCallback  # noqa: E402
from stable_baselines3.common.env_util import make_vec_env  # noqa: E402

torch.set_num_threads(options.threads)

PLANNED = 100_000
GOAL = 475
SEEDS = 5


class UntilReturn(BaseCallback):
    """Stops when the mean return of the last 100 training episodes has reached the goal; looked at after each rollout."""

    def __init__(self):
        super().__init__()
        self.mean = float("nan")
        self.reached = False

    def _on_rollout_end(self):
        episodes = self.model.ep_info_buffer
        if len(episodes) > 0:
            self.mean = sum(episode["r"] for episode in episodes) / len(episodes)
        self.reached = len(episodes) >= 100 and self.mean >= GOAL

    def _on_step(self):
        return not self.reached


def ppo_cartpole():
    """The settings of rl-baselines3-zoo. Seeds 1 to 5; the median, where a run that ends short of the goal counts as endless (null)."""
    seconds = []
    for seed in range(1, min(options.repeats, SEEDS) + 1):
        begun = time.perf_counter()
        env = make_vec_env("CartPole-v1", n_envs=8, seed=seed)
        model = PPO(
            "MlpPolicy", env, n_steps=32, batch_size=256, n_epochs=20, gamma=0.98, gae_lambda=0.8, ent_coef=0.0,
            learning_rate=lambda left: 1e-3 * left, clip_range=lambda left: 0.2 * left, seed=seed, device="cpu",
        )  # fmt: skip
        until = UntilReturn()
        model.learn(PLANNED, callback=until)
        took = time.perf_counter() - begun
        seconds.append(took if until.reached else float("inf"))
        print(f"seed {seed}: {took:.1f} s, {model.num_timesteps} steps, training mean {until.mean:.1f}{'' if until.reached else ', goal not reached'}", file=sys.stderr)
    median = statistics.median(seconds)
    return {"name": "ppo-cartpole-475", "ms": 1000 * median if median < float("inf") else None}


class Pace(BaseCallback):
    """Environment steps a second, in windows of two seconds once it is warm."""

    def __init__(self, windows, warm=1_000, seconds=2.0):
        super().__init__()
        self.windows, self.warm, self.seconds = windows, warm, seconds
        self.start = None
        self.values = []

    def _on_step(self):
        now = time.perf_counter()
        if self.num_timesteps < self.warm:
            return True
        if self.start is not None and now - self.start[1] >= self.seconds:
            self.values.append((self.num_timesteps - self.start[0]) / (now - self.start[1]))
            self.start = None
        if self.start is None:
            self.start = (self.num_timesteps, now)
        return len(self.values) < self.windows


def sac_pendulum():
    """One update after every step, batch 256, networks 2 x 256, which are SB3's defaults."""
    model = SAC("MlpPolicy", "Pendulum-v1", learning_rate=1e-3, batch_size=256, train_freq=1, gradient_steps=1, learning_starts=100, seed=1, device="cpu")
    pace = Pace(options.repeats)
    model.learn(20_000, callback=pace)
    return {"name": "sac-pendulum", "perSecond": statistics.median(pace.values)}


benchmarks = {"ppo-cartpole-475": ppo_cartpole, "sac-pendulum": sac_pendulum}

report([run() for run in chosen(benchmarks, options.only).values()], options.json)
