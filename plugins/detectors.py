"""The bundled detectors: what a column is, by its name, the form of its values, and counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import Detector

from .detecting import classifications, contact, health, numbers, people, statistics, times

kiaim_api: Final = 1


@hookimpl
def kiaim_register_detectors() -> Sequence[type[Detector]]:
    """Offer the bundled detectors."""
    return (
        contact.Email,
        contact.Phone,
        contact.Street,
        contact.IpAddress,
        contact.MacAddress,
        contact.Url,
        numbers.Iban,
        numbers.PaymentCard,
        numbers.Imei,
        numbers.Kvnr,
        numbers.SteuerId,
        numbers.Steuernummer,
        numbers.Svnr,
        numbers.Lanr,
        numbers.Bsnr,
        numbers.AustrianVnr,
        numbers.SwissAhv,
        numbers.Ssn,
        numbers.Uuid,
        numbers.LicencePlate,
        numbers.PersonalNumber,
        numbers.RecordNumber,
        health.Icd10,
        health.Ops,
        health.Atc,
        health.Loinc,
        health.Snomed,
        health.Health,
        health.Genetics,
        times.Date,
        times.TimeOfDay,
        times.Year,
        people.PersonName,
        people.Age,
        people.Sex,
        people.GermanPostcode,
        people.UsZip,
        people.Place,
        people.Household,
        people.Work,
        people.Origin,
        people.Belief,
        people.Money,
        people.Likeness,
        statistics.UniqueValues,
        statistics.FreeText,
        statistics.Measurement,
        *classifications.CLASSIFICATIONS,
    )
