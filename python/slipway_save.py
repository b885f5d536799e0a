"""Saves a trained model together with the library's own answers, so that Slipway can prove that it gives the same numbers.

    from slipway_save import save
    save(model, X_sample, "churn.zip")          # or a folder: "churn"

Then, anywhere: `slipway import churn.zip`. This file needs nothing but what the model itself needs; copy it beside your notebook.

What is written (a folder, or the same as a zip when the path ends in .zip):

slipway-save.json    what the rest is
    format           "slipway-save"; version: 1
    model            file, serializer ("joblib" or "pickle"), sha256, size, class ("sklearn.pipeline.Pipeline"),
                     object_path: keys that lead to the model inside a dict or tuple, [] when the file is the model itself
    input            how rows look: kind "columns" | "array" | "text";
                     columns: list of {name, type, dtype, missing, categories?}: type is float64, float32, int64, …, bool, string,
                     category, datetime or object; dtype as the library names it; missing: whether the sample has missing values
                     there; categories in the order of their codes. array: shape (first entry null), dtype
    classes          class labels in the order of the probability columns (several targets: a list of such lists), or absent
    goldens          file, rows, outputs: {method: {dtype, shape}} (first entry of shape is the number of rows),
                     failed: {method: "ValueError: …"} for methods that the model has but that answered no row
    environment      python, implementation, packages: {name: version}
model.joblib         the model (model.pkl when joblib is not installed)
goldens.jsonl        one line a row: {"row": …, "outputs": {method: answer}, "errors": {method: message}}
                     row: an object keyed by column, an array, or a string; missing values (NaN, None, NA, NaT) are null.
                     outputs: of predict, predict_proba, decision_function, score_samples, transform, those that the model has.
                     Infinities are the strings "Infinity" and "-Infinity", in answers NaN is "NaN"; float32 is written as its exact
                     float64; dates are ISO 8601; an answer per target is a list. errors: methods that refused this very row.
"""

import hashlib
import importlib.metadata
import json
import math
import os
import pickle
import platform
import shutil
import sys
import tempfile
import zipfile

__all__ = ["save"]

METHODS = ("predict", "predict_proba", "decision_function", "score_samples", "transform")
MAX_ROWS = 200
#: Of those, rows that are kept because something is missing in them.
MAX_MISSING_ROWS = 40
#: A wider answer (a transformer that makes a column per word) is left out: it would be megabytes a row.
MAX_WIDTH = 4096
PACKAGES = (
    "numpy scipy pandas polars joblib scikit-learn xgboost lightgbm catboost imbalanced-learn category-encoders feature-engine "
    "cloudpickle skops statsmodels"
).split()


def save(model, X_sample, path):
    """Writes the model and up to 200 rows of X_sample with the model's answers. Returns the path.

    X_sample is what you would give to predict: a DataFrame, an array, or a list of texts. A method of the model that fails is
    recorded, not raised. An existing file, or folder that an earlier save wrote, is replaced in one step.
    """
    path = os.fspath(path)
    sample = _Sample(X_sample)
    estimator, object_path = _find_estimator(model)
    parent = os.path.dirname(os.path.abspath(path))
    os.makedirs(parent, exist_ok=True)
    if os.path.isdir(path) and os.listdir(path) and not os.path.exists(os.path.join(path, "slipway-save.json")):
        raise FileExistsError(f"{path} is a folder with other files in it: choose another name.")
    stage = tempfile.mkdtemp(prefix=".slipway-save-", dir=parent)
    try:
        written = _write_model(model, stage)
        goldens = _write_goldens(estimator, sample, stage)
        about = {
            "format": "slipway-save",
            "version": 1,
            "model": dict(written, **{"class": _class_of(estimator), "object_path": object_path}),
            "input": sample.describe(),
            "goldens": goldens,
            "environment": _environment(estimator),
        }
        classes = _classes(estimator)
        if classes is not None:
            about["classes"] = classes
        with open(os.path.join(stage, "slipway-save.json"), "w", encoding="utf-8") as file:
            json.dump(about, file, indent=1, ensure_ascii=False, allow_nan=False)
        _publish(stage, path)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return path


# ---- the model


def _find_estimator(model):
    """The model itself, or the first estimator in a dict, list or tuple around it, with the keys that lead there."""
    if not isinstance(model, (dict, list, tuple)):
        return model, []
    items = model.items() if isinstance(model, dict) else enumerate(model)
    for key, value in items:
        if isinstance(value, (dict, list, tuple)):
            try:
                found, rest = _find_estimator(value)
            except ValueError:
                continue
            return found, [key, *rest]
        if hasattr(type(value), "predict") or hasattr(type(value), "transform"):
            return value, [key]
    raise ValueError("There is no model in this " + type(model).__name__ + ": nothing in it has predict or transform.")


def _write_model(model, stage):
    try:
        import joblib
    except ImportError:
        joblib = None
    name = "model.joblib" if joblib else "model.pkl"
    file = os.path.join(stage, name)
    try:
        if joblib:
            joblib.dump(model, file)
        else:
            with open(file, "wb") as out:
                pickle.dump(model, out, protocol=4)
    except Exception as error:
        raise ValueError(
            f"The model cannot be saved by {'joblib' if joblib else 'pickle'}: {_message(error)}. "
            "A lambda or a function of the notebook inside it is the usual reason: use a step of the library instead."
        ) from error
    digest = hashlib.sha256()
    with open(file, "rb") as data:
        for chunk in iter(lambda: data.read(1 << 20), b""):
            digest.update(chunk)
    return {
        "file": name,
        "serializer": "joblib" if joblib else "pickle",
        "sha256": digest.hexdigest(),
        "size": os.path.getsize(file),
    }


def _class_of(value):
    kind = type(value)
    return f"{kind.__module__}.{kind.__qualname__}"


def _classes(estimator):
    try:
        classes = estimator.classes_
    except Exception:
        return None
    try:
        return _plain(classes)
    except Exception:
        return None


# ---- the sample


class _Sample:
    """The rows to ask for, in the form that the model takes."""

    def __init__(self, given):
        if given is None or isinstance(given, (str, bytes, dict)):
            raise TypeError("X_sample must be a DataFrame, an array or a list: several rows, as predict takes them.")
        if hasattr(given, "toarray"):
            given = given.tocsr() if hasattr(given, "tocsr") else given
        elif not hasattr(given, "shape") and not hasattr(given, "columns"):
            given = list(given)
        self.given = given
        self.count = given.shape[0] if hasattr(given, "shape") else len(given)
        if not self.count:
            raise ValueError("X_sample has no rows.")
        self.is_frame = hasattr(given, "columns") and hasattr(given, "dtypes")
        self.chosen = self._choose()

    def take(self, positions):
        """Rows in the form that the model takes. A copy: the model may change it."""
        if hasattr(self.given, "iloc"):
            return self.given.iloc[positions].copy()
        if hasattr(self.given, "shape"):
            return self.given[positions]
        return [self.given[at] for at in positions]

    def rows(self, positions):
        """Rows as plain values for goldens.jsonl."""
        part = self.take(positions)
        if self.is_frame:
            names = [str(name) for name in part.columns]
            columns = [_values(_column(part, at)) for at in range(len(names))]
            return [dict(zip(names, values)) for values in zip(*columns)]
        if hasattr(part, "toarray"):
            part = part.toarray()
        return [_plain(row, missing=True) for row in (part.tolist() if hasattr(part, "tolist") else part)]

    def describe(self):
        if self.is_frame:
            every = range(len(self.given.columns))
            return {"kind": "columns", "columns": [self._describe_column(at) for at in every]}
        first = self.rows([0])[0]
        if isinstance(first, str):
            return {"kind": "text"}
        if isinstance(first, dict):
            return {"kind": "columns", "columns": []}
        shape = list(self.given.shape) if hasattr(self.given, "shape") else [self.count, *_shape(first)]
        return {"kind": "array", "shape": [None, *shape[1:]], "dtype": str(getattr(self.given, "dtype", "object"))}

    def _describe_column(self, at):
        column = _column(self.given, at)
        values = _values(column)
        about = {
            "name": str(self.given.columns[at]),
            "type": _type_name(column.dtype, values),
            "dtype": str(column.dtype),
            "missing": any(value is None for value in values),
        }
        categories = getattr(column.dtype, "categories", None)
        if categories is not None:
            about["categories"] = _plain(list(categories))
        return about

    def _choose(self):
        """Evenly spread rows, and some of those where something is missing: models treat these differently."""
        if self.count <= MAX_ROWS:
            return list(range(self.count))
        missing = self._rows_with_missing()[:MAX_MISSING_ROWS]
        wanted = MAX_ROWS - len(missing)
        spread = [at * self.count // wanted for at in range(wanted)]
        return sorted(set(missing) | set(spread))

    def _rows_with_missing(self):
        try:
            if hasattr(self.given, "isna"):
                holes = self.given.isna().to_numpy()
            else:
                holes = self.given != self.given
            return [at for at, row in enumerate(holes.tolist()) if (any(row) if isinstance(row, list) else row)]
        except Exception:
            return []


def _column(frame, at):
    return frame.iloc[:, at] if hasattr(frame, "iloc") else frame[frame.columns[at]]


def _values(column):
    listed = column.to_list() if hasattr(column, "to_list") else list(column)
    return [_plain(value, missing=True) for value in listed]


def _type_name(dtype, values):
    name = str(dtype).lower()
    if name.startswith(("datetime", "date")):
        return "datetime"
    if name.startswith("category") or name.startswith("enum"):
        return "category"
    if name.startswith(("bool",)):
        return "bool"
    if name.startswith(("int", "uint", "float")):
        return name
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, str) for value in present):
        return "string"
    if present and all(isinstance(value, bool) for value in present):
        return "bool"
    if name.startswith(("str", "utf8")):
        return "string"
    return "object"


# ---- the answers


def _write_goldens(estimator, sample, stage):
    positions = sample.chosen
    answers, errors, outputs, failed = {}, {}, {}, {}
    for method in METHODS:
        try:
            ask = getattr(estimator, method)
        except AttributeError:
            continue
        except Exception as error:
            failed[method] = _message(error)
            continue
        try:
            answers[method], outputs[method] = _ask(ask, estimator, sample, positions)
            errors[method] = [None] * len(positions)
        except Exception as error:
            answers[method], errors[method], shape = _ask_each(ask, estimator, sample, positions)
            if shape is None:
                failed[method] = _message(error)
                del answers[method], errors[method]
            else:
                outputs[method] = shape
    file = "goldens.jsonl"
    with open(os.path.join(stage, file), "w", encoding="utf-8") as out:
        for at, row in enumerate(sample.rows(positions)):
            line = {
                "row": row,
                "outputs": {method: answers[method][at] for method in answers if errors[method][at] is None},
            }
            refused = {method: errors[method][at] for method in answers if errors[method][at] is not None}
            if refused:
                line["errors"] = refused
            out.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
    about = {"file": file, "rows": len(positions), "outputs": outputs}
    if failed:
        about["failed"] = failed
    return about


def _ask(ask, estimator, sample, positions):
    """Answers for all rows at once, as one plain value a row, and what they look like."""
    answer = ask(_as_taken(estimator, sample.take(positions)))
    if hasattr(answer, "toarray"):
        answer = answer.toarray()
    elif hasattr(answer, "to_numpy"):
        answer = answer.to_numpy()
    if isinstance(answer, list) and answer and hasattr(answer[0], "shape") and len(answer) != len(positions):
        # One array per target, such as the probabilities of a forest with several targets.
        targets = [part.tolist() for part in answer]
        if any(len(target) != len(positions) for target in targets):
            raise ValueError("the answer does not have one entry per row")
        rows = [[_plain(target[at]) for target in targets] for at in range(len(positions))]
        return rows, {"dtype": str(answer[0].dtype), "targets": len(targets)}
    listed = answer.tolist() if hasattr(answer, "tolist") else list(answer)
    if len(listed) != len(positions):
        raise ValueError("the answer does not have one entry per row")
    if isinstance(listed[0], list) and len(listed[0]) > MAX_WIDTH:
        raise ValueError(f"the answer has {len(listed[0])} columns; more than {MAX_WIDTH} are left out")
    shape = list(answer.shape) if hasattr(answer, "shape") else [len(listed), *_shape(listed[0])]
    return [_plain(row) for row in listed], {"dtype": str(getattr(answer, "dtype", "object")), "shape": shape}


def _ask_each(ask, estimator, sample, positions):
    """Row by row, after one row made the whole batch fail. The shape is None when no row was answered."""
    rows, errors, shape = [], [], None
    for at in positions:
        try:
            (row,), about = _ask(ask, estimator, sample, [at])
            rows.append(row)
            errors.append(None)
            shape = shape or about
        except Exception as error:
            rows.append(None)
            errors.append(_message(error))
            if shape is None and len(errors) == 8:
                break
    if shape and "shape" in shape:
        shape = dict(shape, shape=[len(positions), *shape["shape"][1:]])
    return rows, errors, shape


def _as_taken(estimator, rows):
    """A bare XGBoost Booster takes its own kind of table."""
    kind = type(estimator)
    if kind.__name__ == "Booster" and kind.__module__.split(".")[0] == "xgboost":
        import xgboost

        return xgboost.DMatrix(rows, enable_categorical=True)
    return rows


# ---- plain values


def _plain(value, missing=False):
    """As JSON holds it. In rows what is missing is null; in answers NaN is a string, as infinities are."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if math.isnan(value):
            return None if missing else "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return float(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item, missing) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item, missing) for key, item in value.items()}
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):
        # A numpy scalar or array: its own type is in the way of JSON.
        inner = value.tolist()
        return str(value) if type(inner) is type(value) else _plain(inner, missing)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _shape(value):
    shape = []
    while isinstance(value, list) and value:
        shape.append(len(value))
        value = value[0]
    return shape


def _message(error):
    lines = str(error).strip().split("\n")
    return f"{type(error).__name__}: {lines[0]}"[:500]


def _environment(estimator):
    packages = {}
    for name in [*PACKAGES, type(estimator).__module__.split(".")[0]]:
        try:
            packages[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    loaded = {"scikit-learn": "sklearn", "imbalanced-learn": "imblearn", "category-encoders": "category_encoders"}
    used = {name: v for name, v in packages.items() if loaded.get(name, name.replace("-", "_")) in sys.modules}
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "packages": used,
    }


# ---- the file or folder


def _publish(stage, path):
    if not path.lower().endswith(".zip"):
        # mkdtemp is for its owner only; what is saved has the rights of any other new folder.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(stage, 0o777 & ~mask)
        if os.path.isdir(path):
            shutil.rmtree(path)
        os.replace(stage, path)
        return
    packed = stage + ".zip"
    try:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(os.listdir(stage)):
                # The date is the same every time: equal models make equal files.
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                with open(os.path.join(stage, name), "rb") as data, archive.open(entry, "w", force_zip64=True) as out:
                    shutil.copyfileobj(data, out, 1 << 20)
        os.replace(packed, path)
    finally:
        if os.path.exists(packed):
            os.remove(packed)
