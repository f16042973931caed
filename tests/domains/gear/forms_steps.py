"""What tests of gear send."""

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"

GEAR = {
    "name": "Juno-106",
    "category": "synthesizer",
    "brand": "Roland",
    "model": "JU-106",
    "serial_number": "A-1984/7",
    "bought_on": "2026-02-15",
    "price_cents": 180_000,
    "currency": "EUR",
    "warranty_until": "2028-02-14",
    "notes": "From the shop at the harbour.",
}

REPAIR = {
    "repair_date": "2026-02-15",
    "description": "Voice chips replaced.",
    "cost_cents": 8500,
    "currency": "EUR",
    "provider": "Synth Clinic",
}
