"""Certificates that a test makes for itself: signed by their own key, for this machine."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)


def issue(name: str, *, password: str = "") -> tuple[bytes, bytes]:
    """Return a certificate of 127.0.0.1 by this name, and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begin = datetime.now(UTC) - timedelta(days=1)
    hosts = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    return certificate.public_bytes(Encoding.PEM), private


def write(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a certificate and its key into a folder, over those that are there."""
    paths = folder / "certificate.pem", folder / "key.pem"
    for path, content in zip(paths, issue(name), strict=True):
        path.write_bytes(content)
    return paths


def name_of(der: bytes | None) -> str:
    """Return the name in a certificate, as a connection has it."""
    assert der is not None
    found = x509.load_der_x509_certificate(der)
    return str(found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
