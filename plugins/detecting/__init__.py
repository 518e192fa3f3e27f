"""The bundled detectors, by what they recognise."""
