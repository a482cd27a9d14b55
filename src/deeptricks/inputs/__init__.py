"""What happens to the data before the first layer: scaling, whitening, and why it matters.

`StandardScaler`, `MinMaxScaler`, `PCA` and `Whitening` follow scikit-learn's estimator contract;
`Standardize` is the same idea as a layer for images. The objectives, their curvature and a
gradient descent that counts its iterations show what the preprocessing buys.
"""

from deeptricks.inputs.preprocessing_in_practice import Standardize
from deeptricks.inputs.scaling.classifiers import LogisticRegression, OneNeuron
from deeptricks.inputs.scaling.conditioning import condition_number, curvatures
from deeptricks.inputs.scaling.convergence import exact_iterations, theory_iterations
from deeptricks.inputs.scaling.descent import Descent, gradient_descent
from deeptricks.inputs.scaling.min_max import MinMaxScaler
from deeptricks.inputs.scaling.objectives import LeastSquares
from deeptricks.inputs.scaling.quadratic import Quadratic
from deeptricks.inputs.scaling.rates import best_rate, largest_rate
from deeptricks.inputs.scaling.standard import StandardScaler
from deeptricks.inputs.whitening.pca import PCA
from deeptricks.inputs.whitening.whitening import Whitening

__all__ = [
    "PCA",
    "Descent",
    "LeastSquares",
    "LogisticRegression",
    "MinMaxScaler",
    "OneNeuron",
    "Quadratic",
    "StandardScaler",
    "Standardize",
    "Whitening",
    "best_rate",
    "condition_number",
    "curvatures",
    "exact_iterations",
    "gradient_descent",
    "largest_rate",
    "theory_iterations",
]
