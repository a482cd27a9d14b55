"""What an optimizer of ours must share with the framework's: steps, state, and complaints.

A test file says which two classes it compares, `class TestSGD(Contract): ours, theirs = …`, and
with which options. `Twins` are two equal sets of parameters, one for each optimizer, that get equal
gradients; whatever is done to them, they must stay equal.
"""

import copy
import io
import itertools
import pickle
from functools import partial

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.nn import Parameter

STEPS = 100
# Of the largest number of a tensor. Numbers of few bits: some roundings, in another order.
TOLERANCE = {torch.float64: 1e-12, torch.complex128: 1e-12}


def tolerance(dtype):
    return TOLERANCE.get(dtype, 16 * torch.finfo(dtype).eps)


def combinations(**choices):
    """Every combination of some options: combinations(a=[1, 2], b=[3]) → [{a: 1, b: 3}, …]."""
    return [
        dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())
    ]


def odd_tensors(matrices, dtype=torch.float64):
    """Shapes and memory layouts that come up in networks, and some that hardly do."""
    if matrices:
        shapes = [(1, 1), (1, 5), (5, 1), (4, 3), (3, 4), (6, 6)]
        return [*(torch.zeros(s, dtype=dtype) for s in shapes), torch.zeros(7, 5, dtype=dtype).T]
    shapes = [(), (0,), (1, 1), (3, 0, 2), (5,), (4, 3), (2, 3, 2, 2)]
    return [
        *(torch.zeros(shape, dtype=dtype) for shape in shapes),
        torch.zeros(3, 5, dtype=dtype).T,
        torch.zeros(2, 3, 4, 5, dtype=dtype).to(memory_format=torch.channels_last),
        torch.zeros(12, dtype=dtype)[1::3],
        torch.zeros(41, dtype=dtype)[3:],
    ]


class Twins:
    """Two optimizers, each with its own copy of the same parameters, and equal gradients."""

    def __init__(self, contract, options=None, tensors=None, seed=0, groups=None, **extra):
        self.generator = torch.Generator().manual_seed(seed)
        tensors = odd_tensors(contract.matrices) if tensors is None else tensors
        self.parameters = self._pairs(tensors)
        self.optimizers = []
        for side, kind in enumerate((contract.ours, contract.theirs)):
            members = [pair[side] for pair in self.parameters]
            if groups:  # lists of indices, each with options of its own
                members = [{"params": [members[i] for i in ids], **own} for ids, own in groups]
            self.optimizers.append(kind(members, **{"lr": 0.1, **(options or {}), **extra}))
        self.ours, self.theirs = self.optimizers

    def _pairs(self, tensors):
        pairs = []
        for tensor in tensors:
            one, other = (Parameter(copy.deepcopy(tensor)) for _ in "ab")  # the same strides
            other.data.copy_(self.random(tensor))
            one.data.copy_(other.data)
            pairs.append((one, other))
        return pairs

    def random(self, like, spread=1.0):
        """Numbers of either sign and of many sizes."""
        shape = (*like.shape, 2) if like.is_complex() else like.shape
        drawn = [torch.randn(shape, generator=self.generator, dtype=torch.float64) for _ in "ab"]
        numbers = drawn[0] * (spread * drawn[1]).exp()
        numbers = torch.view_as_complex(numbers) if like.is_complex() else numbers
        return numbers.to(like.dtype)

    def gradients(self, chance=1.0, spread=1.0):
        """New ones for all that want them; each is there with a chance."""
        for one, other in self.parameters:
            there = one.requires_grad and torch.rand((), generator=self.generator) < chance
            other.grad = self.random(one, spread) if there else None
            one.grad = other.grad.clone() if there else None

    def step(self, steps=1, chance=1.0, **more):
        for _ in range(steps):
            self.gradients(chance, **more)
            for optimizer in self.optimizers:
                optimizer.step()

    def both(self, action):
        """Do the same on both sides: action(optimizer, parameters)."""
        for side, optimizer in enumerate(self.optimizers):
            action(optimizer, [pair[side] for pair in self.parameters])

    def swap_states(self, through):
        """Each optimizer goes on with the other's state."""
        states = [through(optimizer.state_dict()) for optimizer in self.optimizers]
        for optimizer, state in zip(self.optimizers, reversed(states), strict=True):
            optimizer.load_state_dict(state)

    def check(self, when="", sizes=None, bits=None):
        """Both are equal, relative to the largest number of each tensor or to given sizes.

        bits: the type in which the gradients were rounded, if not that of each tensor.
        """
        sizes = sizes or {}
        for i, (one, other) in enumerate(self.parameters):
            label = f"parameter {i}, {tuple(one.shape)} {one.dtype} {when}"
            assert_equal(one.detach(), other.detach(), label, sizes.get("parameter"), bits)
        ours, theirs = (optimizer.state_dict() for optimizer in self.optimizers)
        assert ours["param_groups"] == theirs["param_groups"]
        assert ours["state"].keys() == theirs["state"].keys(), when
        for i, expected in theirs["state"].items():
            state = ours["state"][i]
            assert state.keys() == expected.keys(), (i, when)
            for name, value in expected.items():
                label = f"{name} of parameter {i} {when}"
                assert_equal(state[name], value, label, sizes.get(name), bits)

    def sizes(self):
        """The largest number among all parameters, and among all of what is remembered of them."""
        kept = [("parameter", other.detach()) for _, other in self.parameters]
        kept += [pair for state in self.theirs.state.values() for pair in state.items()]
        return {name: max(largest(v) for n, v in kept if n == name) for name, _ in kept}


def largest(tensor):
    finite = tensor[tensor.isfinite()]
    return finite.abs().max().item() if finite.numel() else 0.0


def assert_equal(ours, theirs, label, size=None, bits=None):
    assert ours.shape == theirs.shape, label
    assert ours.dtype == theirs.dtype, label
    size = largest(theirs) if size is None else size
    torch.testing.assert_close(
        ours, theirs, rtol=0, atol=tolerance(bits or theirs.dtype) * size, equal_nan=True,
        msg=lambda text: f"{label}: {text}",
    )  # fmt: skip


def saved_and_loaded(value):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


class Contract:
    """The tests. A subclass sets the attributes below."""

    ours = theirs = None
    options = ()  # dictionaries: what the constructors are called with, apart from lr = 0.1
    later = ()  # (option that may be changed in a group at any time, values for it)
    sparse = False  # whether sparse gradients are welcome
    matrices = False  # whether all parameters are matrices

    def twins(self, *args, **kwargs):
        return Twins(self, *args, **kwargs)

    def comparable(self, options, dtype):
        """Whether the framework's is right with this type of parameters."""
        return True

    def test_a_hundred_steps(self, options):
        twins = self.twins(options)
        for step in range(STEPS):
            twins.step()
            if step in (0, 1, 9, STEPS - 1):
                twins.check(f"after step {step + 1}")

    def test_gradients_that_come_and_go(self, some):
        twins = self.twins(some, seed=1)
        for part in range(5):
            twins.step(4, chance=0.7)
            twins.check(f"in part {part}")

    @settings(
        deadline=None,
        max_examples=8,
        derandomize=True,
        suppress_health_check=[HealthCheck.differing_executors],  # it runs in each subclass
    )
    @given(data=st.data())
    def test_whatever_happens_in_between(self, data):
        twins = self.twins(data.draw(st.sampled_from(self.options)), seed=2)
        names = data.draw(st.lists(st.sampled_from(sorted(EVENTS)), min_size=2, max_size=8))
        for i, name in enumerate(names):
            EVENTS[name](self, twins, data)
            twins.check(f"after {names[: i + 1]}")
            twins.step(2, chance=data.draw(st.sampled_from([1.0, 1.0, 0.5])))
            twins.check(f"two steps after {names[: i + 1]}")

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
    def test_numbers_of_few_bits(self, options, dtype):
        if not self.comparable(options, dtype):
            pytest.skip("the framework is wrong here")
        twins = self.twins(options, odd_tensors(self.matrices, dtype), lr=1e-2, seed=3)
        twins.step(10, spread=0.1)
        # A sum that happens to come to nearly nothing has the rounding of what was added.
        twins.check(sizes=twins.sizes())

    @pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
    def test_complex_numbers(self, some, dtype):
        twins = self.twins(some, odd_tensors(self.matrices, dtype), lr=1e-2, seed=3)
        if self.matrices:
            twins.gradients()
            for optimizer in twins.optimizers:
                with pytest.raises(RuntimeError, match="complex"):
                    optimizer.step()
        else:
            twins.step(10)
            twins.check()

    def test_groups_have_their_own_options(self):
        own = [{**options, "lr": 0.1 / (i + 1)} for i, options in enumerate(self.options[-3:])]
        members = range(len(odd_tensors(self.matrices)))
        groups = [(members[i :: len(own)], options) for i, options in enumerate(own)]
        twins = self.twins(groups=groups, seed=4)
        twins.step(20, chance=0.8)
        twins.check()

    def test_two_types_in_one_group(self, some):
        double, single = (odd_tensors(self.matrices, t) for t in (torch.float64, torch.float32))
        mixed = [t for pair in zip(double, single, strict=True) for t in pair]
        twins = self.twins(some, mixed, seed=5)
        twins.step(20, chance=0.8)
        twins.check()

    def test_expanded_gradients(self, some):
        twins = self.twins(some, seed=7)
        for _ in range(5):
            for one, other in twins.parameters:
                number = twins.random(torch.zeros((), dtype=one.dtype))
                one.grad, other.grad = (number.clone().expand(one.shape) for _ in "ab")
            twins.both(lambda optimizer, _: optimizer.step())
        twins.check()

    def test_the_gradients_stay_as_they_are(self, some):
        twins = self.twins(some, seed=8)
        for _ in range(3):
            twins.gradients()
            twins.ours.step()
            for one, other in twins.parameters:
                assert torch.equal(one.grad, other.grad)

    def test_parameters_of_one_storage(self, some):
        """Views of one tensor that do not overlap, such as the gates of a recurrent layer."""
        twins = self.twins(some, [torch.zeros(4, 2, dtype=torch.float64)] * 2, seed=9)
        for side, optimizer in enumerate(twins.optimizers):
            whole = twins.parameters[0][side].detach().clone().repeat(2, 1)
            group = optimizer.param_groups[0]
            for i in range(2):
                group["params"][i].data = whole[i::2]
        twins.step(10)
        twins.check()

    @pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 0.0, 1e-300])
    def test_gradients_that_are_no_sensible_numbers(self, some, number):
        twins = self.twins(some, seed=10)
        for step in range(6):
            twins.gradients()
            if step == 2:
                for pair in twins.parameters:
                    for p in pair:
                        p.grad.reshape(-1)[:1].fill_(number) if p.is_contiguous() else None
            twins.both(lambda optimizer, _: optimizer.step())
        twins.check()

    def test_a_rate_changed_by_hand_and_by_a_schedule(self, some):
        twins = self.twins(some, seed=11)
        schedules = [torch.optim.lr_scheduler.ExponentialLR(o, 0.7) for o in twins.optimizers]
        for step in range(10):
            twins.step()
            for optimizer, schedule in zip(twins.optimizers, schedules, strict=True):
                schedule.step()
                if step == 5:
                    optimizer.param_groups[0]["lr"] = 0.3
        twins.check()

    def test_a_rate_that_is_a_tensor(self, some):
        rates = [torch.tensor(0.05, dtype=torch.float64) for _ in "ab"]
        twins = self.twins(some, seed=12)
        for optimizer, rate in zip(twins.optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate
        twins.step(5)
        for rate in rates:
            rate.mul_(0.5)
        twins.step(5)
        twins.check()
        assert torch.is_tensor(twins.ours.state_dict()["param_groups"][0]["lr"])
        self.ours(twins.ours.param_groups[0]["params"], lr=torch.tensor([0.1]))  # accepted

    def test_closures(self, some):
        twins, calls = self.twins(some, seed=13), []

        def closure(optimizer, parameters):
            calls.append(torch.is_grad_enabled())
            optimizer.zero_grad()
            loss = sum((i + 1) * p.sum() for i, p in enumerate(parameters))
            loss.backward()
            return loss

        for _ in range(5):
            losses = []
            with torch.no_grad():
                twins.both(lambda o, ps, to=losses: to.append(o.step(partial(closure, o, ps))))
            assert_equal(losses[0].detach(), losses[1].detach(), "loss")
        twins.check()
        assert calls == [True] * 10  # once a step, with gradients
        assert twins.ours.step() is None

    @pytest.mark.filterwarnings("ignore:Sparse invariant checks")  # theirs makes them unchecked
    def test_sparse_gradients(self, some):
        shape = (6, 3)
        twins = self.twins(some, [torch.zeros(shape, dtype=torch.float64)] * 2, seed=15)
        for _ in range(5):
            for pair in twins.parameters:
                rows = torch.randint(6, (1, 4), generator=twins.generator)  # some of them twice
                values = torch.randn(4, 3, generator=twins.generator, dtype=torch.float64)
                for p in pair:
                    p.grad = torch.sparse_coo_tensor(rows, values, shape, check_invariants=True)
            if not self.sparse:
                for optimizer in twins.optimizers:
                    with pytest.raises(RuntimeError, match="sparse"):
                        optimizer.step()
                return
            twins.ours.step()
            try:
                twins.theirs.step()
            except RuntimeError:  # theirs: not with weight decay; ours: the zeros are written out
                assert some.get("weight_decay")
                return
        for one, other in twins.parameters:
            assert_equal(one.detach(), other.detach(), "parameter")

    @pytest.mark.parametrize("through", [copy.deepcopy, saved_and_loaded], ids=["copy", "file"])
    def test_states_are_exchanged(self, some, through):
        twins = self.twins(some, seed=16)
        for part in range(3):
            twins.step(5, chance=0.8)
            twins.swap_states(through)
            twins.check(f"after exchange {part}")
        twins.step(20, chance=0.8)
        twins.check()

    def test_a_new_optimizer_takes_over(self, some):
        twins = self.twins(some, seed=17)
        twins.step(5)
        theirs = copy.deepcopy(twins.theirs.state_dict())
        fresh = self.ours([one for one, _ in twins.parameters], lr=7.0)
        fresh.load_state_dict(theirs)
        twins.ours = twins.optimizers[0] = fresh
        twins.check()
        twins.step(20)
        twins.check()

    def test_a_state_loaded_twice(self, some):
        """New tensors may come to lie where old ones were: at the same addresses."""
        twins = self.twins(some, seed=18)
        for _ in range(4):
            twins.step(2)
            early = [copy.deepcopy(optimizer.state_dict()) for optimizer in twins.optimizers]
            twins.step(2)
            for _ in range(3):
                twins.both(
                    lambda o, _, e=early: o.load_state_dict(copy.deepcopy(e[o is twins.theirs]))
                )
            twins.step(2)
            twins.check()

    @pytest.mark.parametrize("way", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
    def test_copies_go_on_alone(self, some, way):
        twins = self.twins(some, seed=19)
        twins.step(3)
        copied = way(twins.ours)
        before = [p.detach().clone() for p in copied.param_groups[0]["params"]]
        twins.step(3)
        for p, value in zip(copied.param_groups[0]["params"], before, strict=True):
            assert torch.equal(p, value)
        for side, optimizer in enumerate((copied, way(twins.theirs))):
            twins.optimizers[side] = optimizer
        behind, ahead = (o.param_groups[0]["params"] for o in twins.optimizers)
        twins.optimizers[0].load_state_dict(copy.deepcopy(twins.ours.state_dict()))
        for p, q in zip(behind, ahead, strict=True):
            p.data.copy_(q.data)
        twins.parameters = list(zip(behind, ahead, strict=True))
        twins.step(5)
        twins.check()

    def test_a_network_made_smaller_before_the_first_step(self, some):
        if not self.comparable(some, torch.bfloat16):
            pytest.skip("the framework is wrong here")
        twins = self.twins(some, seed=20, lr=1e-2)
        for pair in twins.parameters:
            for p in pair:
                p.data = p.data.bfloat16()
        twins.step(5, spread=0.1)
        twins.check(sizes=twins.sizes(), bits=torch.bfloat16)

    def test_replaced_data(self, some):
        """Between steps a parameter gets other numbers, or other strides."""
        twins = self.twins(some, seed=21)
        for part in range(4):
            twins.step(2)
            for pair in twins.parameters:
                for p in pair:
                    p.data = p.data * 0.5 + 1 if part % 2 else p.data.clone().contiguous()
                    if p.ndim == 2 and part == 1:
                        p.data = p.data.T.contiguous().T
            twins.step(2)
            twins.check(f"in part {part}")

    def test_what_a_tensor_of_the_state_holds_is_replaced(self, some):
        """`value.data = …` is how older training loops move a state to another device."""
        twins = self.twins(some, seed=23)
        for _ in range(2):
            twins.step(2)
            for optimizer in twins.optimizers:
                for state in optimizer.state.values():
                    for value in state.values():
                        value.data = value.data.clone() * 2
        twins.step(2)
        twins.check()

    def test_the_clock_of_one_parameter_is_set(self, some):
        twins = self.twins(some, seed=24)
        twins.step(2)
        for i, optimizer in enumerate(twins.optimizers):
            state = optimizer.state.get(twins.parameters[-1][i], {})
            if "step" in state:
                state["step"].fill_(50.0)
        twins.step(2)
        twins.check()

    def test_a_parameter_moved_to_another_group_takes_its_rate(self, some):
        twins = self.twins(some, seed=25)
        twins.step(2)

        def move(optimizer, parameters):
            (group,) = optimizer.param_groups
            moved = {**group, "params": [group["params"].pop()], "lr": 0.7}
            optimizer.param_groups.append(moved)

        twins.both(move)
        twins.step(2)
        twins.check()

    def test_a_new_parameter_over_the_same_memory(self, some):
        """As densification of Gaussians and surgery on networks do: nobody moves for another."""
        twins = self.twins(some, seed=26)
        twins.step(2)
        before, after = twins.parameters[-1], tuple(Parameter(p.data) for p in twins.parameters[-1])
        for old, new, optimizer in zip(before, after, twins.optimizers, strict=True):
            optimizer.param_groups[0]["params"][-1] = new
            if old in optimizer.state:
                optimizer.state[new] = optimizer.state.pop(old)
        twins.parameters[-1] = after
        for _ in range(2):
            twins.step()
            twins.check()
            for old in before:  # which moves nothing any more
                old.grad = torch.full_like(old, 1e3)

    def test_a_pickle_is_as_large_as_the_state(self):
        twins = self.twins(self.options[-1], [torch.zeros(40, 40) for _ in range(60)], seed=27)
        twins.step(2)
        sizes = [len(pickle.dumps(optimizer)) for optimizer in twins.optimizers]
        assert sizes[0] < 1.05 * sizes[1]

    def test_checkpoints_of_older_versions(self):
        """They lack options that came later, and count steps in plain numbers."""
        came_later = {"nesterov", "maximize", "foreach", "differentiable", "capturable", "amsgrad"}
        came_later |= {"centered", "decoupled_weight_decay"}
        twins = self.twins(self.options[0], seed=22)
        twins.step(3)

        def aged(state):
            state = copy.deepcopy(state)
            for group in state["param_groups"]:
                for name in came_later & group.keys() if not self.matrices else ():
                    del group[name]
            for values in state["state"].values():
                values.update({"step": int(values["step"])} if "step" in values else {})
            return state

        twins.swap_states(aged)
        twins.step(3)
        twins.check()


def change_rate(_, twins, data):
    rate = data.draw(st.sampled_from([0.0, 0.01, 0.5]))
    twins.both(lambda o, _: o.param_groups[0].update(lr=rate))


def change_an_option(contract, twins, data):
    if contract.later:
        name, values = data.draw(st.sampled_from(contract.later))
        value = data.draw(st.sampled_from(values))
        twins.both(lambda o, _: o.param_groups[0].update({name: value}))


def add_a_group(contract, twins, data):
    shape = (2, 3) if contract.matrices else data.draw(st.sampled_from([(), (2, 3), (9,)]))
    pairs = twins._pairs([torch.zeros(shape, dtype=torch.float64)])
    options = data.draw(st.sampled_from(contract.options))
    for side, optimizer in enumerate(twins.optimizers):
        optimizer.add_param_group({"params": [pairs[0][side]], **options})
    twins.parameters += pairs
    twins.step()  # Adagrad's state of it is there only now, for both


def freeze_or_thaw(_, twins, data):
    i = data.draw(st.integers(0, len(twins.parameters) - 1))
    for p in twins.parameters[i]:
        p.requires_grad_(not p.requires_grad)


def forget_everything(_, twins, data):
    twins.both(lambda o, _: o.state.clear())
    twins.step(1)


def forget_one(_, twins, data):
    i = data.draw(st.integers(0, len(twins.parameters) - 1))
    twins.both(lambda o, ps: o.state.pop(ps[i], None))


def zero_in_place(_, twins, data):
    def zero(optimizer, parameters):
        for p in parameters:
            for name, value in optimizer.state.get(p, {}).items():
                if name != "step":
                    value.mul_(0.5)

    twins.both(zero)


def replace_tensors(_, twins, data):
    def replace(optimizer, parameters):
        for p in parameters:
            for name in list(optimizer.state.get(p, {})):
                value = optimizer.state[p].pop(name) * (1 if name == "step" else 0.5)
                optimizer.state[p][name] = value.clone()
                del value

    twins.both(replace)


def turn_back_one_clock(_, twins, data):
    i = data.draw(st.integers(0, len(twins.parameters) - 1))

    def turn(optimizer, parameters):
        state = optimizer.state.get(parameters[i], {})
        if "step" in state:
            state["step"].fill_(3.0)

    twins.both(turn)


def exchange_states(_, twins, data):
    twins.swap_states(data.draw(st.sampled_from([copy.deepcopy, saved_and_loaded])))


def reload_twice(_, twins, data):
    for _ in range(2):
        twins.swap_states(copy.deepcopy)


def replace_data(_, twins, data):
    for pair in twins.parameters:
        for p in pair:
            p.data = p.data.clone(memory_format=torch.contiguous_format)


EVENTS = {
    event.__name__: event
    for event in (
        change_rate, change_an_option, add_a_group, freeze_or_thaw, forget_everything, forget_one,
        zero_in_place, replace_tensors, turn_back_one_clock,
        exchange_states, reload_twice, replace_data,
    )
}  # fmt: skip
