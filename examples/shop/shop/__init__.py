"""A shop: the application factory."""
from flask import Flask

from .admin import admin
from .catalog import catalog
from .orders import orders


def create_app():
    app = Flask(__name__)
    app.register_blueprint(catalog)
    app.register_blueprint(orders, url_prefix="/orders")
    app.register_blueprint(admin, url_prefix="/admin")
    return app
