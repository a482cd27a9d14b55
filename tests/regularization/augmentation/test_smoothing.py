"""The matrix of a Gaussian: against scipy's filter, at both kinds of border."""

import numpy as np
import pytest
import scipy.ndimage
import torch

from deeptricks.regularization.augmentation.smoothing import gaussian_matrix, smooth


@pytest.mark.parametrize(("border", "mode"), [("reflect", "mirror"), ("zeros", "constant")])
@pytest.mark.parametrize("sigma", [0.6, 1.5, 4.0])
def test_as_scipy(border, mode, sigma):
    draw = torch.Generator().manual_seed(1)
    image = torch.rand(1, 1, 7, 12, generator=draw, dtype=torch.float64)
    radius = int(4 * sigma + 0.5)  # scipy's; on these small images it reaches beyond both borders
    rows, columns = (
        gaussian_matrix(size, torch.tensor([sigma], dtype=torch.float64), radius, border)
        for size in image.shape[-2:]
    )
    theirs = scipy.ndimage.gaussian_filter(image[0, 0].numpy(), sigma, mode=mode)
    np.testing.assert_allclose(smooth(image, rows, columns)[0, 0], theirs, rtol=0, atol=1e-12)


def test_each_sigma_has_its_own_matrix():
    sigma = torch.tensor([0.5, 2.0], dtype=torch.float64)
    both = gaussian_matrix(9, sigma, 4)
    for n in range(2):
        alone = gaussian_matrix(9, sigma[n : n + 1], 4)[0]
        torch.testing.assert_close(both[n], alone, rtol=0, atol=0)
    torch.testing.assert_close(both.sum(2), torch.ones(2, 9).double(), rtol=0, atol=1e-12)


def test_one_pixel_and_bad_borders():
    torch.testing.assert_close(gaussian_matrix(1, torch.ones(1), 3), torch.ones(1, 1, 1))
    with pytest.raises(ValueError, match="border must be 'reflect' or 'zeros', got 'wrap'"):
        gaussian_matrix(3, torch.ones(1), 1, "wrap")
