"""What is recorded: data, labels, seeds, the goal set beforehand, what was published beside it."""

from dataclasses import dataclass

from benchmarks.capstone.recipe import Recipe
from deeptricks.lab.splits import Dataset, Splits

VALIDATION = 5000  # training images that settings are chosen by, where the rest is not all used
CHOSEN_WITH = 100  # seeds from here on are for choosing settings; recorded are seeds 0, 1, 2, …


@dataclass(frozen=True)
class Record:
    """One table of the card."""

    title: str
    data: str  # a function of deeptricks.lab.data
    labels: int | None  # None for all
    recipe: Recipe
    runs: int  # seeds 0 … runs − 1
    mean: float  # the goal: mean accuracy of at least this part
    seconds: float | None  # and each training within so many seconds; None: no limit was set
    reach: float | None  # also say how many runs reach this accuracy
    chosen: str  # how the settings were
    published: tuple[str, ...]

    def seeds(self) -> range:
        return range(self.runs)


HANDWRITING = Recipe(steps=1200, batch_size=64, lr=0.15)
CLOTHES = Recipe(steps=800, batch_size=64, lr=0.15, kind="clothes", mixup=0.2)

RECORDS = {
    "mnist": Record(
        title="MNIST, all 60 000 labels",
        data="mnist",
        labels=None,
        recipe=Recipe(steps=500, batch_size=256, lr=0.3),
        runs=3,
        mean=0.996,
        seconds=90,
        reach=None,
        chosen="",
        published=(
            "99.71 ± 0.18 %: TextCaps, a capsule network, all labels "
            "(V. Jayasundara et al., WACV 2019; their repository's table). Not comparable in cost: "
            "no time is given.",
        ),
    ),
    "time": Record(
        title="Seconds to 99 % of MNIST",
        data="mnist",
        labels=None,
        recipe=Recipe(steps=100, batch_size=256, lr=0.3, strength=0, averaged=0, views=False),
        runs=10,
        mean=0.99,
        seconds=None,
        reach=0.99,
        chosen="",
        published=(
            "0.76 s for a mean of 99.04 %: GeForce GTX 1660 Ti of a laptop, one epoch, 30 seeds "
            "(github.com/tuomaso/train_mnist_fast, notebook 8). Comparable in what is measured, "
            "not in the machine; its settings were chosen by test accuracy.",
        ),
    ),
    "thousand": Record(
        title="MNIST from 1 000 labels",
        data="mnist",
        labels=1000,
        recipe=HANDWRITING,
        runs=3,
        mean=0.988,
        seconds=300,
        reach=None,
        chosen="",
        published=(
            "97.9 %: convolutional kernel networks, the best supervised result at 1 000 labels "
            "that we found (J. Mairal et al., NIPS 2014, table of MNIST subsets). Comparable: no "
            "other images; they do not augment.",
            "98.68 ± 0.30 % with 2 000 labels: TextCaps (WACV 2019, repository). Twice the labels.",
            "99 % and more with 59 000 further images without labels: semi-supervised methods. "
            "Not comparable.",
        ),
    ),
    "fashion": Record(
        title="Fashion-MNIST from 2 000 labels",
        data="fashion_mnist",
        labels=2000,
        recipe=CLOTHES,
        runs=3,
        mean=0.88,
        seconds=300,
        reach=None,
        chosen="",
        published=(
            "85.36 ± 0.79 % with 200 labels a class: TextCaps (WACV 2019, repository). "
            "Comparable in labels and test set.",
        ),
    ),
}


def drawn(record: Record, dataset: Dataset, seed: int, validate: bool = False) -> Splits:
    """Training and test images of one run, standardized by the training images alone.

    With `validate` the test images are other training images, and the publisher's test set is not
    looked at.
    """
    if validate:
        parts = dataset.split(record.labels, VALIDATION, 0, seed=CHOSEN_WITH + seed)
        parts = parts._replace(test=parts.validation)
    else:
        parts = dataset.split(record.labels, 0, None, seed=seed)
    return parts._replace(
        validation=parts.validation._make(t[:0] for t in parts.test)
    ).standardized()
