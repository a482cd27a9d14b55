"""Networks as they were published: what they are made of, what each layer costs."""

from deeptricks.architectures.counting import LayerCost, layer_costs, multiply_adds, parameters

__all__ = ["LayerCost", "layer_costs", "multiply_adds", "parameters"]
