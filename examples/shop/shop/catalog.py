"""What visitors see."""
import os

from flask import Blueprint, redirect, render_template, request, send_file, send_from_directory
from werkzeug.utils import secure_filename

from .store import Products
from .validators import sort_column

catalog = Blueprint("catalog", __name__)
PICTURES = "/srv/shop/pictures"


@catalog.route("/search")
def search():
    wanted = request.args.get("q", "")
    rows = Products().matching(f"name LIKE '%{wanted}%'")
    return render_template("search.html", rows=rows, wanted=wanted)


@catalog.route("/named")
def named():
    rows = Products(sort_column(request.args.get("sort", ""))).named(request.args.get("name", ""))
    return render_template("search.html", rows=rows, wanted="")


@catalog.route("/hello")
def hello():
    return "<h1>Hello " + request.args.get("who", "you") + "</h1>"  # flaw: cross-site-scripting


@catalog.route("/picture")
def picture():
    return send_file(os.path.join(PICTURES, request.args["file"]))  # flaw: path-traversal


@catalog.route("/picture/safe")
def picture_safe():
    return send_from_directory(PICTURES, request.args["file"])  # safe: stays in its folder


@catalog.route("/upload", methods=["POST"])
def upload():
    picture = request.files["picture"]
    picture.save(os.path.join(PICTURES, secure_filename(picture.filename)))  # flaw: unrestricted-file-write (any kind of file; no path-traversal)
    return redirect("/")


@catalog.route("/go")
def go():
    return redirect(request.args.get("next", "/"))  # flaw: open-redirect


@catalog.route("/go/product")
def go_product():
    return redirect("/products/" + request.args.get("name", ""))  # safe: stays on this host
