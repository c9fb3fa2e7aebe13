"""For the staff."""
import hashlib

from flask import Blueprint, jsonify, render_template_string, request

admin = Blueprint("admin", __name__)


@admin.route("/preview", methods=["POST"])
def preview():
    return render_template_string(request.form["template"])  # flaw: template-injection


@admin.route("/evaluate", methods=["POST"])
def evaluate():
    discount = eval(request.form["formula"])  # flaw: code-injection
    return jsonify(discount=discount)


@admin.route("/discount", methods=["POST"])
def discount():
    return jsonify(discount=float(request.form["percent"]) / 100)  # safe: a number


def fingerprint(data, name="md5"):
    return hashlib.new(name, data).hexdigest()  # flaw: weak-hash


@admin.route("/fingerprint", methods=["POST"])
def show_fingerprint():
    return jsonify(fingerprint=fingerprint(request.data))
