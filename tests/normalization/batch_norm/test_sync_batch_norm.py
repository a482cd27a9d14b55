"""SyncBatchNorm in two real processes: equal to one process that has the joint batch."""

import pytest
import torch
from torch import distributed, nn

from deeptricks.normalization import (
    BatchNorm1d,
    BatchNorm2d,
    InstanceNorm2d,
    SyncBatchNorm,
    in_processes,
)

STEPS = 2


def batch(samples, shape=(3, 2, 2)):
    """The steps' inputs and output gradients, of shape (STEPS, samples, …)."""
    draws = torch.Generator().manual_seed(samples)
    size = (STEPS, samples, *shape)
    x, g = (torch.randn(size, generator=draws, dtype=torch.float64) for _ in range(2))
    return 100 + x * torch.linspace(1, 3, samples, dtype=torch.float64).view(
        -1, *[1] * len(shape)
    ), g


def work(layer, steps):
    """Outputs, input gradients, parameter gradients and buffers after some training steps."""
    outputs, gradients = [], []
    for x, g in zip(*steps, strict=True):
        x = x.clone().requires_grad_()
        y = layer(x)
        y.backward(g)
        outputs.append(y.detach())
        gradients.append(x.grad)
    evaluated = layer.eval()(x).detach()
    own = {name: p.grad for name, p in layer.named_parameters()}
    return outputs, gradients, own, dict(layer.named_buffers()), evaluated


def part_of_work(shard):
    """What one process does."""
    options, steps = shard
    return work(SyncBatchNorm(3, dtype=torch.float64, **options), steps)


def in_a_group_of_its_own(x):
    """Each rank has a group of its own (every process takes part in making every group)."""
    groups = [distributed.new_group([rank]) for rank in range(distributed.get_world_size())]
    return SyncBatchNorm(2, process_group=groups[distributed.get_rank()])(x).detach()


def all_empty(x):
    """A step without any sample, and what is left of it."""
    layer = SyncBatchNorm(2)
    y = layer(x.requires_grad_())
    y.sum().backward()
    return y.shape, layer.weight.grad, layer.running_var, layer.num_batches_tracked


def refused(x):
    """The message of the error that a layer raises."""
    with pytest.raises(ValueError, match="more than 1 value") as error:
        SyncBatchNorm(2)(x)
    return str(error.value)


def one_after_another(jobs):
    """The work of one process for all tests: (function, shard) in turn."""
    return [function(shard) for function, shard in jobs]


OPTIONS = [{}, {"momentum": None, "bias": False}, {"affine": False, "eps": 0.1}]
SPLITS = [(options, cuts) for options in OPTIONS for cuts in (4, 1, 0)]


@pytest.fixture(scope="module")
def results():
    """Of each job, by its name, those of both processes, which are started only once."""
    rows = [torch.randn(n, 2, generator=torch.Generator().manual_seed(n)) for n in (3, 4)]
    jobs = {
        "groups": (in_a_group_of_its_own, rows),
        "empty": (all_empty, [torch.ones(0, 2)] * 2),
        "one value": (refused, [torch.ones(1, 2), torch.ones(0, 2)]),
    }
    for case, (options, cut) in enumerate(SPLITS):
        parts = zip(*(s.tensor_split((cut,), dim=1) for s in batch(8)), strict=True)
        jobs[case] = part_of_work, [(options, part) for part in parts]
    shards = [[(function, both[rank]) for function, both in jobs.values()] for rank in range(2)]
    found = in_processes(one_after_another, shards)
    return dict(zip(jobs, zip(*found, strict=True), strict=True)) | {"rows": rows}


@pytest.mark.parametrize("case", range(len(SPLITS)))
def test_processes_together_equal_one_with_the_joint_batch(results, case):
    expected = work(nn.BatchNorm2d(3, dtype=torch.float64, **SPLITS[case][0]), batch(8))
    both, close = results[case], {"rtol": 0, "atol": 1e-10}
    for kind in (0, 1):  # outputs, input gradients
        for step in range(STEPS):
            joint = torch.cat([r[kind][step] for r in both])
            torch.testing.assert_close(joint, expected[kind][step], **close)
    for name, gradient in expected[2].items():  # each process has its own part of the sum
        torch.testing.assert_close(sum(r[2][name] for r in both), gradient, **close)
    for result in both:  # every process keeps the statistics of the joint batch
        torch.testing.assert_close(result[3], expected[3], **close)
    torch.testing.assert_close(torch.cat([r[4] for r in both]), expected[4], **close)


def test_a_group_is_normalized_apart_from_the_others(results):
    for rows, y in zip(results["rows"], results["groups"], strict=True):
        torch.testing.assert_close(y, nn.BatchNorm1d(2)(rows).detach(), rtol=0, atol=1e-5)


def test_no_sample_anywhere_changes_nothing_but_the_count(results):
    for shape, gradient, variance, batches in results["empty"]:
        assert shape == (0, 2)
        assert batches == 1
        assert torch.equal(gradient, torch.zeros(2))
        assert torch.equal(variance, torch.ones(2))


def test_one_value_in_all_processes_is_refused_in_each(results):
    first, second = results["one value"]
    assert "[1, 2]" in first
    assert "[0, 2]" in second


def alone(x):
    """One process, in training and without statistics of the past."""
    return SyncBatchNorm(3)(x).detach()


def test_one_process_is_plain_batch_norm():
    x = batch(4)[0][0].float()
    expected = nn.BatchNorm2d(3)(x).detach()
    torch.testing.assert_close(alone(x), expected, rtol=0, atol=1e-3)
    torch.testing.assert_close(in_processes(alone, [x])[0], expected, rtol=0, atol=1e-3)


def test_layers_are_converted_ours_and_the_framework_s():
    model = nn.Sequential(
        BatchNorm2d(3, momentum=None),
        nn.ModuleDict(
            {"theirs": nn.BatchNorm1d(4, affine=False), "ours": BatchNorm1d(2, bias=False)}
        ),
        InstanceNorm2d(3),
        nn.Linear(2, 2),
    ).eval()
    state = {name: values.data_ptr() for name, values in model.state_dict().items()}
    converted = SyncBatchNorm.convert_sync_batchnorm(model)
    assert converted is model
    kinds = [type(m) for m in model.modules()]
    assert kinds == [
        nn.Sequential, SyncBatchNorm, nn.ModuleDict, SyncBatchNorm, SyncBatchNorm,
        InstanceNorm2d, nn.Linear,
    ]  # fmt: skip
    assert {name: v.data_ptr() for name, v in model.state_dict().items()} == state
    assert (model[0].momentum, model[0].training, model[1]["ours"].bias) == (None, False, None)
    one = SyncBatchNorm.convert_sync_batchnorm(BatchNorm1d(2), process_group="group")
    assert isinstance(one, SyncBatchNorm)
    assert one.process_group == "group"


@pytest.mark.parametrize(
    ("layer", "x"),
    [
        ({"num_features": 3}, torch.ones(3)),
        ({"num_features": 3}, torch.ones(1, 3)),
        ({"num_features": 3}, torch.ones(2, 4)),
        ({"num_features": 0}, torch.ones(2, 0)),
        ({"num_features": 3, "eps": 0.0}, torch.ones(2, 3)),
    ],
)
def test_bad_input_is_refused_as_torch_refuses_it(layer, x):
    with pytest.raises((ValueError, RuntimeError)) as theirs:
        nn.SyncBatchNorm(**layer)(x)
    with pytest.raises(theirs.type):
        SyncBatchNorm(**layer)(x)
    assert repr(SyncBatchNorm(**layer)) == repr(nn.SyncBatchNorm(**layer))


def rank_and_sum(x):
    """Where this is, and what all together have."""
    total = x.clone()
    distributed.all_reduce(total)
    return distributed.get_rank(), total


def test_results_come_in_the_order_of_the_shards():
    shards = [torch.tensor(float(n)) for n in (1, 10)]
    assert in_processes(rank_and_sum, shards) == [(rank, torch.tensor(11.0)) for rank in range(2)]


def fails_in_one(kind):
    """One process raises while the other waits for it."""
    if kind is not None:
        raise kind("broken")
    distributed.barrier()


def test_a_process_that_fails_does_not_hang_the_others():
    with pytest.raises(KeyError, match="broken"):
        in_processes(fails_in_one, [KeyError, None])
    assert len(in_processes(rank_and_sum, [torch.ones(1)] * 2)) == 2  # and later calls work


def test_no_shard_is_no_work():
    with pytest.raises(ValueError, match="shards must hold at least one"):
        in_processes(rank_and_sum, [])


NOTEBOOK = """
from deeptricks.normalization import SyncBatchNorm
scale = 2.0
def normalized(shard):
    return SyncBatchNorm(2)(shard * scale).detach()
"""


def test_a_function_of_a_notebook_travels():
    names = {"__name__": "__main__"}  # which no other process can import
    exec(NOTEBOOK, names)
    x = torch.arange(12.0).view(6, 2)
    joint = torch.cat(in_processes(names["normalized"], [x[:2], x[2:]]))
    torch.testing.assert_close(joint.mean(0), torch.zeros(2), rtol=0, atol=1e-6)
    torch.testing.assert_close(joint.var(0, correction=0), torch.ones(2), rtol=0, atol=1e-4)


def late(seconds):
    """One process comes too late."""
    torch.multiprocessing.Event().wait(seconds)
    distributed.barrier()


def test_waiting_ends():
    in_processes(rank_and_sum, [torch.ones(1)] * 2)  # the processes are there
    with pytest.raises(TimeoutError, match="within 1 s"):
        in_processes(late, [0, 2], timeout=1)
