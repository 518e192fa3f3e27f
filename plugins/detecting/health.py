"""Codes of diseases, procedures, drugs and laboratory tests, and what names say of health."""

from __future__ import annotations

from typing import Final

from stdnum import luhn, verhoeff

from kiaim_server.model.attribute import Proposal, Role

from .forms import CodeDetector, NameDetector, PatternDetector

_HEALTH: Final = Proposal(
    Role.SENSITIVE, "code", special_category=True, because="Reveals the health of a person."
)


class Icd10(CodeDetector):
    """ICD-10 (WHO, GM, CM) codes."""

    name = "icd10"
    summary = "Diagnosis codes of ICD-10 (WHO, GM and CM)."
    proposal = _HEALTH
    names = ("icd", "icd_*", "icd10*", "diagnose", "diagnosen", "*_diagnose", "diagnosis", "dx")
    by_values = 0.96
    complete = r"[A-Z][0-9][0-9AB]\.(?:[0-9]{1,2}|-|[0-9]-|[0-9A-Z]{1,4})[+*!#]?[GVZA]?"
    short = r"[A-Z][0-9][0-9AB](?:[0-9][0-9A-Z]{0,3})?[+*!#]?"
    hints = ("icd", "diag", "dx")


class Ops(CodeDetector):
    """German procedure codes."""

    name = "ops"
    summary = "German procedure codes (OPS)."
    proposal = _HEALTH
    names = ("ops", "ops_*", "prozedur*", "procedure*", "eingriff*")
    by_values = 0.96
    complete = r"[135689]-[0-9][0-9a-z]{2}\.[0-9a-z]{1,2}"
    short = r"[135689]-[0-9][0-9a-z]{1,2}"
    hints = ("ops", "proz", "proc", "eingriff")


class Atc(CodeDetector):
    """Anatomical Therapeutic Chemical codes of the WHO."""

    name = "atc"
    summary = "Drug codes of the WHO (ATC)."
    proposal = _HEALTH
    names = ("atc", "atc_*", "wirkstoffcode")
    by_values = 0.96
    complete = "[ABCDGHJLMNPRSV][0-9]{2}[A-Z]{2}[0-9]{2}"
    short = "[ABCDGHJLMNPRSV][0-9]{2}(?:[A-Z]{1,2})?"
    hints = ("atc",)


class Loinc(PatternDetector):
    """Codes of laboratory tests and clinical observations (LOINC)."""

    name = "loinc"
    summary = "Codes of laboratory tests and observations (LOINC, check digit verified)."
    proposal = _HEALTH
    names = ("loinc", "loinc_*", "*_loinc")
    by_values = 0.95
    chance = 0.1
    pattern = "[1-9][0-9]{0,5}-[0-9]"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right (LOINC Users' Guide, appendix C: modulo 10)."""
        return luhn.is_valid(text.replace("-", ""))


class Snomed(PatternDetector):
    """Identifiers of concepts of SNOMED CT."""

    name = "snomed"
    summary = "Concepts of SNOMED CT (check digit and partition verified)."
    proposal = _HEALTH
    names = ("snomed", "snomed_*", "sctid", "snomedct*")
    by_values = 0.95
    chance = 0.01
    pattern = "[1-9][0-9]{2,14}[01]0[0-9]"

    def accepts(self, text: str) -> bool:
        """Whether the check digit (Verhoeff) is right; the pattern holds the partition 00 or 10."""
        return verhoeff.is_valid(text)


class Health(NameDetector):
    """What says of its name that it is about health."""

    name = "health"
    summary = "Diagnoses, findings, drugs and treatments, by column name."
    proposal = Proposal(
        Role.SENSITIVE, special_category=True, because="Reveals the health of a person."
    )
    names = (
        *("diagnos*", "*_diagnos*", "befund*", "krankheit*", "*_krankheit", "disease*"),
        *("*_disease", "erkrankung*", "symptom*", "komorbid*", "comorbid*", "medik*"),
        *("medication*", "drug", "drugs", "drug_*", "therap*", "treatment*", "behandlung*"),
        *("hiv*", "schwanger*", "pregnan*", "behinderung*", "disabilit*", "pflegegrad"),
        *("todesursache*", "cause_of_death", "tumor*", "tnm", "tnm_*", "icdo*", "grading"),
        *("anamnese*", "allergi*", "impfung*", "vaccin*", "labor", "labor_*", "lab_*", "drg"),
    )


class Genetics(NameDetector):
    """What says of its name that it is about genes."""

    name = "genetics"
    summary = "Genetic data, by column name."
    proposal = Proposal(
        Role.SENSITIVE,
        "genetic",
        special_category=True,
        because="Genetic data belong to relatives too.",
    )
    names = ("genotyp*", "genom*", "snp", "snp_*", "dna", "dna_*", "exom*", "mutation*", "allel*")
