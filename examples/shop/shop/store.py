"""The database."""
from sqlalchemy import create_engine, text

engine = create_engine("sqlite:///shop.db")


class Products:
    table = "products"

    def __init__(self, order="name"):
        self.order = order

    def matching(self, condition):
        statement = f"SELECT * FROM {self.table} WHERE {condition} ORDER BY {self.order}"
        with engine.connect() as connection:
            return connection.execute(text(statement)).fetchall()  # flaw: sql-injection

    def named(self, name):
        statement = f"SELECT * FROM {self.table} WHERE name = :name ORDER BY {self.order}"
        with engine.connect() as connection:
            return connection.execute(text(statement), {"name": name}).fetchall()  # safe: a parameter
