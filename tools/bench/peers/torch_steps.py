"""The steps of ../suites/steps.mjs in PyTorch, eager, on the processor: python3 torch_steps.py [--threads N] [--json] [--only NAME]"""

from timing import arguments, chosen, milliseconds, report, use_cores

options = arguments(__doc__)
use_cores(options.threads)

import math  # noqa: E402

import numpy  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

torch.set_num_threads(options.threads)
torch.manual_seed(1)


def mlp(sizes, activation):
    layers = []
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(inputs, outputs))
        if i < len(sizes) - 2:
            layers.append(activation())
    return nn.Sequential(*layers)


class ActorCritic(nn.Module):
    """Two perceptrons: scores of the actions, and a value."""

    def __init__(self):
        super().__init__()
        self.actor = mlp([4, 64, 64, 2], nn.Tanh)
        self.critic = mlp([4, 64, 64, 1], nn.Tanh)

    def forward(self, observation):
        return self.actor(observation), self.critic(observation).squeeze(-1)


class NatureCnn(nn.Module):
    """The convolutional body of DQN (Mnih et al. 2015) under scores of 6 actions and a value. Images [B, 4, 84, 84] of bytes."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(4, 32, 8, 4), nn.ReLU(), nn.Conv2d(32, 64, 4, 2), nn.ReLU(), nn.Conv2d(64, 64, 3, 1), nn.ReLU(), nn.Flatten(), nn.Linear(64 * 7 * 7, 512), nn.ReLU()
        )
        self.actor = nn.Linear(512, 6)
        self.critic = nn.Linear(512, 1)

    def forward(self, images):
        features = self.body(images.float() / 255)
        return self.actor(features), self.critic(features).squeeze(-1)


def ppo_step(network, observation, actions, clip, learning_rate):
    """Clipped surrogate with standardised advantages, value and entropy, gradients clipped by their norm, Adam."""
    batch = observation.shape[0]
    action = torch.randint(actions, (batch,))
    old_log_prob = torch.empty(batch).uniform_(-0.8, -0.6)
    advantage, returns = torch.randn(batch), torch.randn(batch)
    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate, eps=1e-5)

    def step():
        logits, value = network(observation)
        log_probs = F.log_softmax(logits, dim=-1)
        ratio = (log_probs.gather(1, action.unsqueeze(1)).squeeze(1) - old_log_prob).exp()
        normal = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        policy_loss = -torch.min(ratio * normal, ratio.clamp(1 - clip, 1 + clip) * normal).mean()
        entropy = -(log_probs.exp() * log_probs).sum(-1).mean()
        loss = policy_loss + 0.5 * F.mse_loss(value, returns) - 0.01 * entropy
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        optimizer.step()

    return step


def ppo(batch):
    return ppo_step(ActorCritic(), torch.randn(batch, 4), 2, 0.2, 3e-4)


def nature_cnn(batch):
    return ppo_step(NatureCnn(), torch.randint(256, (batch, 4, 84, 84), dtype=torch.uint8), 6, 0.1, 2.5e-4)


def sac(batch):
    """Twin critics towards the soft target, the actor towards the critics, the temperature towards its entropy, and a Polyak step."""
    actor = mlp([17, 256, 256, 12], nn.ReLU)
    critics = nn.ModuleList([mlp([23, 256, 256, 1], nn.ReLU) for _ in range(2)])
    targets = nn.ModuleList([mlp([23, 256, 256, 1], nn.ReLU) for _ in range(2)])
    targets.load_state_dict(critics.state_dict())
    log_temperature = torch.zeros((), requires_grad=True)
    critic_parameters, target_parameters = list(critics.parameters()), list(targets.parameters())
    actor_optimizer = torch.optim.Adam(actor.parameters(), lr=3e-4)
    critic_optimizer = torch.optim.Adam(critic_parameters, lr=3e-4)
    temperature_optimizer = torch.optim.Adam([log_temperature], lr=3e-4)
    observation, next_observation = torch.randn(batch, 17), torch.randn(batch, 17)
    action, reward = torch.empty(batch, 6).uniform_(-1, 1), torch.randn(batch)

    def act(rows):
        mean, log_std = actor(rows).chunk(2, dim=-1)
        log_std = log_std.clamp(-20, 2)
        noise = torch.randn_like(mean)
        raw = mean + log_std.exp() * noise
        # log(1 - tanh(u)²) = 2·(log 2 - u - softplus(-2u)).
        log_prob = (-0.5 * noise.square() - log_std - 0.5 * math.log(2 * math.pi) - 2 * (math.log(2) - raw - F.softplus(-2 * raw))).sum(-1)
        return raw.tanh(), log_prob

    def values(networks, rows, actions):
        inputs = torch.cat([rows, actions], dim=-1)
        return [network(inputs).squeeze(-1) for network in networks]

    def step():
        temperature = log_temperature.exp().detach()
        with torch.no_grad():
            next_action, next_log_prob = act(next_observation)
            next_value = torch.min(*values(targets, next_observation, next_action)) - temperature * next_log_prob
            target = reward + 0.99 * next_value
        critic_loss = sum(0.5 * F.mse_loss(value, target) for value in values(critics, observation, action))
        critic_optimizer.zero_grad(set_to_none=True)
        critic_loss.backward()
        critic_optimizer.step()

        for parameter in critic_parameters:
            parameter.requires_grad_(False)
        sample, log_prob = act(observation)
        actor_loss = (temperature * log_prob - torch.min(*values(critics, observation, sample))).mean()
        actor_optimizer.zero_grad(set_to_none=True)
        actor_loss.backward()
        actor_optimizer.step()
        for parameter in critic_parameters:
            parameter.requires_grad_(True)

        temperature_loss = -(log_temperature * (log_prob.detach() - 6)).mean()
        temperature_optimizer.zero_grad(set_to_none=True)
        temperature_loss.backward()
        temperature_optimizer.step()
        with torch.no_grad():
            torch._foreach_mul_(target_parameters, 1 - 0.005)
            torch._foreach_add_(target_parameters, critic_parameters, alpha=0.005)

    return step


class Block(nn.Module):
    """Attention and perceptron, each behind a norm and around a residual."""

    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.up, self.down = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x):
        batch, length, dim = x.shape
        q, k, v = (part.view(batch, length, self.heads, dim // self.heads).transpose(1, 2) for part in self.qkv(self.first(x)).chunk(3, dim=-1))
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, length, dim)
        x = x + self.out(attended)
        return x + self.down(F.gelu(self.up(self.second(x)), approximate="tanh"))


class Gpt(nn.Module):
    """A decoder-only transformer with learned positions and tied embeddings, as GPT-2."""

    def __init__(self, layers=4, dim=128, heads=4, context=64, vocab=64):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocab, dim), nn.Embedding(context, dim)
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(dim)
        nn.init.normal_(self.tokens.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        return self.norm(self.blocks(x)) @ self.tokens.weight.T


def gpt(batch):
    network = Gpt()
    tokens, following = torch.randint(64, (batch, 64)), torch.randint(64, (batch, 64))
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-4)

    def step():
        loss = F.cross_entropy(network(tokens).flatten(0, 1), following.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    return step


def act(rows):
    """From an array to an array."""
    network = mlp([17, 256, 256, 12], nn.Tanh)
    observation = numpy.random.default_rng(2).standard_normal((rows, 17), dtype=numpy.float32)

    def step():
        with torch.inference_mode():
            network(torch.from_numpy(observation)).numpy()

    return step


benchmarks = {
    "ppo-64": lambda: ppo(64),
    "ppo-1024": lambda: ppo(1024),
    "sac-256": lambda: sac(256),
    "nature-cnn-32": lambda: nature_cnn(32),
    "gpt-128": lambda: gpt(32),
    "act-1": lambda: act(1),
    "act-16": lambda: act(16),
}

report([{"name": name, "ms": milliseconds(make(), options.repeats)} for name, make in chosen(benchmarks, options.only).items()], options.json)
