"""The steps of ../suites/steps.mjs in JAX, compiled by jit, on the processor: python3 jax_steps.py [--threads N] [--json] [--only NAME]"""

from timing import arguments, chosen, milliseconds, report, use_cores

options = arguments(__doc__)
use_cores(options.threads)

import os  # noqa: E402

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy  # noqa: E402

KEY = jax.random.PRNGKey(1)


def keys():
    key = KEY
    while True:
        key, child = jax.random.split(key)
        yield child


# Parameters are trees of arrays, an optimizer's state is (first moments, second moments, count), and a step is a pure function of both.


def mlp_init(draw, sizes):
    return [{"kernel": jax.random.normal(next(draw), (i, o)) / i**0.5, "bias": jnp.zeros(o)} for i, o in zip(sizes, sizes[1:])]


def mlp(parameters, x, activation):
    for i, layer in enumerate(parameters):
        x = x @ layer["kernel"] + layer["bias"]
        if i < len(parameters) - 1:
            x = activation(x)
    return x


def adam_init(parameters):
    zeros = jax.tree_util.tree_map(jnp.zeros_like, parameters)
    return zeros, jax.tree_util.tree_map(jnp.zeros_like, parameters), jnp.zeros((), jnp.int32)


def adam(gradients, state, parameters, rate, epsilon=1e-8):
    first, second, count = state
    count = count + 1
    first = jax.tree_util.tree_map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
    second = jax.tree_util.tree_map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
    step = rate / (1 - 0.9**count)
    correction = 1 - 0.999**count
    moved = jax.tree_util.tree_map(lambda p, m, v: p - step * m / (jnp.sqrt(v / correction) + epsilon), parameters, first, second)
    return moved, (first, second, count)


def clip_by_norm(gradients, most):
    norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree_util.tree_leaves(gradients)))
    scale = jnp.minimum(1.0, most / (norm + 1e-6))
    return jax.tree_util.tree_map(lambda g: g * scale, gradients)


def running(step, state, *rest):
    """Calls a compiled step again and again on its own state, whose buffers it takes over."""
    compiled = jax.jit(step, donate_argnums=0)
    held = [state]

    def call():
        held[0] = jax.block_until_ready(compiled(held[0], *rest))

    return call


def ppo_loss(logits, value, batch, clip):
    """Clipped surrogate with standardised advantages, value and entropy."""
    log_probs = jax.nn.log_softmax(logits)
    taken = jnp.take_along_axis(log_probs, batch["action"][:, None], axis=1)[:, 0]
    ratio = jnp.exp(taken - batch["log_prob"])
    advantage = batch["advantage"]
    normal = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    policy = -jnp.minimum(ratio * normal, jnp.clip(ratio, 1 - clip, 1 + clip) * normal).mean()
    entropy = -(jnp.exp(log_probs) * log_probs).sum(-1).mean()
    return policy + 0.5 * ((value - batch["returns"]) ** 2).mean() - 0.01 * entropy


def rollout(draw, batch, observation, actions):
    return {
        "observation": observation,
        "action": jax.random.randint(next(draw), (batch,), 0, actions),
        "log_prob": jax.random.uniform(next(draw), (batch,), minval=-0.8, maxval=-0.6),
        "advantage": jax.random.normal(next(draw), (batch,)),
        "returns": jax.random.normal(next(draw), (batch,)),
    }


def ppo_state_and_step(draw):
    parameters = {"actor": mlp_init(draw, [4, 64, 64, 2]), "critic": mlp_init(draw, [4, 64, 64, 1])}

    def loss_of(p, batch):
        return ppo_loss(mlp(p["actor"], batch["observation"], jnp.tanh), mlp(p["critic"], batch["observation"], jnp.tanh)[:, 0], batch, 0.2)

    def step(state, batch):
        parameters, optimizer = state
        gradients = clip_by_norm(jax.grad(loss_of)(parameters, batch), 0.5)
        return adam(gradients, optimizer, parameters, 3e-4, 1e-5)

    return (parameters, adam_init(parameters)), step


def ppo(batch):
    draw = keys()
    state, step = ppo_state_and_step(draw)
    return running(step, state, rollout(draw, batch, jax.random.normal(next(draw), (batch, 4)), 2))


def ppo_loop(batch, turns):
    """Many minibatches in one call, by scan."""
    draw = keys()
    state, step = ppo_state_and_step(draw)
    batches = [rollout(draw, batch, jax.random.normal(next(draw), (batch, 4)), 2) for _ in range(turns)]
    stacked = jax.tree_util.tree_map(lambda *each: jnp.stack(each), *batches)
    return running(lambda start, rows: jax.lax.scan(lambda s, b: (step(s, b), None), start, rows)[0], state, stacked)


def sac(batch):
    """Twin critics towards the soft target, the actor towards the critics, the temperature towards its entropy, and a Polyak step."""
    draw = keys()
    networks = {"actor": mlp_init(draw, [17, 256, 256, 12]), "critics": [mlp_init(draw, [23, 256, 256, 1]) for _ in range(2)], "temperature": jnp.zeros(())}
    state = {**networks, "target": jax.tree_util.tree_map(jnp.array, networks["critics"]), "optimizers": {name: adam_init(p) for name, p in networks.items()}, "key": next(draw)}
    rows = {
        "observation": jax.random.normal(next(draw), (batch, 17)),
        "next": jax.random.normal(next(draw), (batch, 17)),
        "action": jax.random.uniform(next(draw), (batch, 6), minval=-1.0, maxval=1.0),
        "reward": jax.random.normal(next(draw), (batch,)),
    }

    def act(parameters, observation, key):
        mean, log_std = jnp.split(mlp(parameters, observation, jax.nn.relu), 2, axis=-1)
        log_std = jnp.clip(log_std, -20, 2)
        noise = jax.random.normal(key, mean.shape)
        raw = mean + jnp.exp(log_std) * noise
        squash = 2 * (jnp.log(2.0) - raw - jax.nn.softplus(-2 * raw))
        return jnp.tanh(raw), (-0.5 * noise**2 - log_std - 0.5 * jnp.log(2 * jnp.pi) - squash).sum(-1)

    def values(parameters, observation, action):
        inputs = jnp.concatenate([observation, action], axis=-1)
        return jnp.stack([mlp(p, inputs, jax.nn.relu)[:, 0] for p in parameters])

    def step(state, rows):
        key, first, second = jax.random.split(state["key"], 3)
        temperature = jnp.exp(state["temperature"])
        next_action, next_log_prob = act(state["actor"], rows["next"], first)
        target = rows["reward"] + 0.99 * (values(state["target"], rows["next"], next_action).min(0) - temperature * next_log_prob)

        critic_gradients = jax.grad(lambda p: 0.5 * ((values(p, rows["observation"], rows["action"]) - target) ** 2).mean(-1).sum())(state["critics"])
        critics, critic_optimizer = adam(critic_gradients, state["optimizers"]["critics"], state["critics"], 3e-4)

        def actor_loss(p):
            action, log_prob = act(p, rows["observation"], second)
            return (temperature * log_prob - values(critics, rows["observation"], action).min(0)).mean(), log_prob

        actor_gradients, log_prob = jax.grad(actor_loss, has_aux=True)(state["actor"])
        actor, actor_optimizer = adam(actor_gradients, state["optimizers"]["actor"], state["actor"], 3e-4)
        log_temperature, temperature_optimizer = adam(-(log_prob - 6).mean(), state["optimizers"]["temperature"], state["temperature"], 3e-4)
        return {
            "actor": actor,
            "critics": critics,
            "temperature": log_temperature,
            "target": jax.tree_util.tree_map(lambda t, c: 0.995 * t + 0.005 * c, state["target"], critics),
            "optimizers": {"actor": actor_optimizer, "critics": critic_optimizer, "temperature": temperature_optimizer},
            "key": key,
        }

    return running(step, state, rows)


def nature_cnn(batch):
    """The convolutional body of DQN (Mnih et al. 2015) under scores of 6 actions and a value. Images [B, 84, 84, 4] of bytes."""
    draw = keys()
    layers = [(8, 4, 32, 4), (4, 32, 64, 2), (3, 64, 64, 1)]
    parameters = {
        "convolutions": [{"kernel": jax.random.normal(next(draw), (k, k, i, o)) / (k * k * i) ** 0.5, "bias": jnp.zeros(o)} for k, i, o, _ in layers],
        "dense": mlp_init(draw, [64 * 7 * 7, 512]),
        "actor": mlp_init(draw, [512, 6]),
        "critic": mlp_init(draw, [512, 1]),
    }

    def loss_of(p, rows):
        x = rows["observation"].astype(jnp.float32) / 255
        for layer, (_, _, _, stride) in zip(p["convolutions"], layers):
            x = jax.lax.conv_general_dilated(x, layer["kernel"], (stride, stride), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            x = jax.nn.relu(x + layer["bias"])
        features = jax.nn.relu(mlp(p["dense"], x.reshape(x.shape[0], -1), jax.nn.relu))
        return ppo_loss(mlp(p["actor"], features, jnp.tanh), mlp(p["critic"], features, jnp.tanh)[:, 0], rows, 0.1)

    def step(state, rows):
        parameters, optimizer = state
        return adam(clip_by_norm(jax.grad(loss_of)(parameters, rows), 0.5), optimizer, parameters, 2.5e-4, 1e-5)

    images = jax.random.randint(next(draw), (batch, 84, 84, 4), 0, 256).astype(jnp.uint8)
    return running(step, (parameters, adam_init(parameters)), rollout(draw, batch, images, 6))


def gpt(batch, layers=4, dim=128, heads=4, context=64, vocab=64):
    """A decoder-only transformer with learned positions and tied embeddings, as GPT-2."""
    draw = keys()

    def kernel(i, o):
        return {"kernel": 0.02 * jax.random.normal(next(draw), (i, o)), "bias": jnp.zeros(o)}

    def norm_init():
        return {"scale": jnp.ones(dim), "bias": jnp.zeros(dim)}

    parameters = {
        "tokens": 0.02 * jax.random.normal(next(draw), (vocab, dim)),
        "positions": 0.02 * jax.random.normal(next(draw), (context, dim)),
        "blocks": [
            {"first": norm_init(), "second": norm_init(), "qkv": kernel(dim, 3 * dim), "out": kernel(dim, dim), "up": kernel(dim, 4 * dim), "down": kernel(4 * dim, dim)}
            for _ in range(layers)
        ],
        "norm": norm_init(),
    }
    shown = jnp.tril(jnp.ones((context, context), bool))

    def norm(p, x):
        centred = x - x.mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * p["scale"] + p["bias"]

    def linear(p, x):
        return x @ p["kernel"] + p["bias"]

    def attention(p, x):
        q, k, v = (part.reshape(batch, context, heads, dim // heads).transpose(0, 2, 1, 3) for part in jnp.split(linear(p["qkv"], x), 3, axis=-1))
        scores = jnp.where(shown, q @ k.transpose(0, 1, 3, 2) / (dim // heads) ** 0.5, -1e9)
        return linear(p["out"], (jax.nn.softmax(scores) @ v).transpose(0, 2, 1, 3).reshape(batch, context, dim))

    def loss_of(p, rows):
        x = p["tokens"][rows["tokens"]] + p["positions"]
        for block in p["blocks"]:
            x = x + attention(block, norm(block["first"], x))
            x = x + linear(block["down"], jax.nn.gelu(linear(block["up"], norm(block["second"], x)), approximate=True))
        log_probs = jax.nn.log_softmax(norm(p["norm"], x) @ p["tokens"].T)
        return -jnp.take_along_axis(log_probs, rows["next"][..., None], axis=-1).mean()

    def step(state, rows):
        parameters, optimizer = state
        return adam(clip_by_norm(jax.grad(loss_of)(parameters, rows), 1.0), optimizer, parameters, 3e-4)

    rows = {name: jax.random.randint(next(draw), (batch, context), 0, vocab) for name in ("tokens", "next")}
    return running(step, (parameters, adam_init(parameters)), rows)


def act(rows):
    """From an array to an array."""
    parameters = mlp_init(keys(), [17, 256, 256, 12])
    observation = numpy.random.default_rng(2).standard_normal((rows, 17), dtype=numpy.float32)
    forward = jax.jit(lambda p, x: mlp(p, x, jnp.tanh))
    return lambda: numpy.asarray(forward(parameters, observation))


benchmarks = {
    "ppo-64": (lambda: ppo(64), 1),
    "ppo-64-loop": (lambda: ppo_loop(64, 64), 64),
    "ppo-1024": (lambda: ppo(1024), 1),
    "ppo-1024-loop": (lambda: ppo_loop(1024, 64), 64),
    "sac-256": (lambda: sac(256), 1),
    "nature-cnn-32": (lambda: nature_cnn(32), 1),
    "gpt-128": (lambda: gpt(32), 1),
    "act-1": (lambda: act(1), 1),
    "act-16": (lambda: act(16), 1),
}

report([{"name": name, "ms": milliseconds(make(), options.repeats, per)} for name, (make, per) in chosen(benchmarks, options.only).items()], options.json)
