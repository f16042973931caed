"""The words of the frame around each mail."""

from veza.core.languages import Language

UNSUBSCRIBE = {
    Language.ENGLISH: "Unsubscribe",
    Language.GERMAN: "Abbestellen",
    Language.FRENCH: "Se désabonner",
    Language.SPANISH: "Darse de baja",
}
