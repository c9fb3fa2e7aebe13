"""Orders."""
import logging
import pickle
import subprocess

import requests
import yaml
from flask import Blueprint, jsonify, request

from .validators import looks_like_sku, require_sku

orders = Blueprint("orders", __name__)
log = logging.getLogger("orders")


@orders.route("/label", methods=["POST"])
def label():
    sku = require_sku(request.form["sku"])
    subprocess.run(f"label --print {sku}", shell=True)  # safe: letters, digits and a dash
    return jsonify(ok=True)


@orders.route("/label/again", methods=["POST"])
def label_again():
    sku = request.form["sku"]
    if not looks_like_sku(sku):
        return jsonify(ok=False), 400
    subprocess.run(f"label --print {sku}", shell=True)  # flaw: command-injection
    return jsonify(ok=True)


@orders.route("/import", methods=["POST"])
def import_orders():
    rows = yaml.safe_load(request.data)  # safe: plain data
    basket = pickle.loads(request.data)  # flaw: unsafe-deserialization
    log.info("imported %s", request.args.get("by"))  # flaw: log-injection
    log.info("imported %r", request.args.get("by"))  # safe: escaped
    return jsonify(rows=len(rows), basket=len(basket))


@orders.route("/notify", methods=["POST"])
def notify():
    requests.post(request.form["callback"], timeout=5)  # flaw: server-side-request-forgery
    requests.post("https://mail.example.com/" + request.form["list"], timeout=5)  # safe: a host of ours
    return jsonify(ok=True)
