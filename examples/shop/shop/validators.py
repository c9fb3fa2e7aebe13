"""What the views let through."""
import re

from flask import abort

SORT_COLUMNS = {"name", "price", "added"}
SKU = re.compile(r"[A-Z]{2}-\d{4}")


def sort_column(text):
    """The column to sort by: one of ours, or the name."""
    return text if text in SORT_COLUMNS else "name"


def require_sku(text):
    if not SKU.fullmatch(text):
        abort(400)
    return text


def looks_like_sku(text):
    """A test that promises more than it holds: anything can follow."""
    return SKU.match(text) is not None
