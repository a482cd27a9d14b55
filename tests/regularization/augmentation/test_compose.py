"""Composition, in order; for some images; and the average at test time."""

import pytest
import torch
from torch import nn

from deeptricks import regularization
from deeptricks.regularization import Compose, GaussianNoise, MixUp, RandomApply, shift


def test_one_after_the_other():
    images = torch.rand(3, 1, 4, 4)
    both = Compose([lambda x: x + 1, lambda x: 2 * x])
    torch.testing.assert_close(both(images), 2 * (images + 1))
    assert Compose([])(images) is images


def test_labels_go_along_and_are_mixed_where_mixing_stands():
    images, labels = torch.rand(3, 1, 4, 4), torch.arange(3)
    mix = MixUp(num_classes=3, generator=torch.Generator().manual_seed(1))
    out, soft = Compose([lambda x: 2 * x, mix])(images, labels)
    mix.generator.manual_seed(1)
    torch.testing.assert_close((out, soft), mix(2 * images, labels))
    plain, same = Compose([lambda x: 2 * x])(images, labels)
    torch.testing.assert_close(plain, 2 * images)
    assert same is labels


def test_each_image_goes_through_all_or_none():
    images = torch.zeros(4000, 1, 1, 1)
    draw = torch.Generator().manual_seed(0)
    out = RandomApply([lambda x: x + 1, lambda x: x + 2], 0.3, generator=draw)(images)
    assert set(out.flatten().tolist()) == {0.0, 3.0}
    assert abs((out == 3).double().mean() - 0.3) < 5 * (0.21 / 4000) ** 0.5
    assert RandomApply([lambda x: x + 1], 0.5).eval()(images) is images
    torch.testing.assert_close(RandomApply([lambda x: x + 1], 0.0)(images), images)


def test_average_of_probabilities():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 5), nn.Dropout(0.5))
    images = torch.rand(3, 1, 4, 4)
    looks = [nn.Identity(), lambda x: shift(x, right=1), lambda x: shift(x, down=-1)]
    average = regularization.TestTimeAverage(net, looks).eval()
    each = torch.stack([net(look(images)).softmax(1) for look in looks])
    torch.testing.assert_close(average(images).exp(), each.mean(0))
    one = regularization.TestTimeAverage(net, [nn.Identity()]).eval()
    torch.testing.assert_close(one(images), net(images).log_softmax(1))


def test_augmentations_at_test_time_draw_though_the_model_does_not():
    net = nn.Sequential(nn.Flatten(), nn.Dropout(0.5))
    average = regularization.TestTimeAverage(net, [GaussianNoise()]).eval()
    assert not net.training
    assert not net[1].training
    images = torch.rand(2, 1, 3, 3)
    assert not torch.equal(average(images), average(images))


def test_bad_arguments():
    with pytest.raises(TypeError, match="transforms must hold modules or functions, got 3"):
        Compose([3])
    with pytest.raises(ValueError, match="p must be a probability"):
        RandomApply([], -1)
    with pytest.raises(ValueError, match="transforms must hold at least one, got none"):
        regularization.TestTimeAverage(nn.Identity(), [])
