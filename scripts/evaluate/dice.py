"""Random numbers by name: the same words give the same numbers, whatever else was drawn before."""

import math
from collections.abc import Sequence
from random import Random
from typing import Self, TypeVar

T = TypeVar("T")

_LARGE_MEAN = 60.0


class Dice(Random):
    """Draws for one purpose; `Dice(seed, "customers", day)` is a stream of its own."""

    def __new__(cls, *names: object) -> Self:
        """Make the generator; what seeds it is told to `__init__`."""
        return super().__new__(cls, 0 if names else None)  # type: ignore[call-arg] # as of Random

    def __init__(self, *names: object) -> None:
        """Seed the stream by the text of its names."""
        super().__init__("/".join(map(str, names)))

    def chance(self, share: float) -> bool:
        """Return True in that share of draws."""
        return self.random() < share

    def weighted(self, weights: dict[T, float]) -> T:
        """Return one of the keys, as often as its weight says."""
        return self.choices(list(weights), list(weights.values()))[0]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Return so many different items in random order, or all when there are fewer."""
        return self.sample(items, min(count, len(items)))

    def poisson(self, mean: float) -> int:
        """Return a Poisson count."""
        if mean <= 0:
            return 0
        if mean > _LARGE_MEAN:
            return max(0, round(self.gauss(mean, math.sqrt(mean))))
        limit, product, count = math.exp(-mean), self.random(), 0
        while product > limit:
            product *= self.random()
            count += 1
        return count

    def overdispersed(self, mean: float, shape: float) -> int:
        """Return a count of variance mean + mean²/shape: a Poisson count of a gamma rate."""
        return self.poisson(self.gammavariate(shape, mean / shape)) if mean > 0 else 0

    def around(self, value: float, spread: float) -> float:
        """Return a positive number whose logarithm varies by `spread` around that of `value`."""
        return value * self.lognormvariate(0.0, spread)

    def token(self, length: int) -> str:
        """Return lower-case hexadecimal digits."""
        return f"{self.getrandbits(length * 4):0{length}x}"
