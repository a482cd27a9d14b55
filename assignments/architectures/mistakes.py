"""What students get wrong in the assignment on architectures."""

from .network_mistakes import OF_BLOCK, OF_CUT
from .table_mistakes import OF_COSTS, OF_MATMUL, OF_RECALL

MISTAKES = [*OF_RECALL, *OF_COSTS, *OF_MATMUL, *OF_CUT, *OF_BLOCK]
