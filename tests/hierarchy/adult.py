"""The bundled table."""

from importlib import resources

import pyarrow.csv as csv

ADULT_COLUMNS = (
    "age",
    "education",
    "marital-status",
    "native-country",
    "occupation",
    "race",
    "salary-class",
    "sex",
    "workclass",
)


def adult():
    with resources.files("kiaim_server.demo").joinpath("adult.csv").open("rb") as file:
        return csv.read_csv(file, parse_options=csv.ParseOptions(delimiter=";"))
