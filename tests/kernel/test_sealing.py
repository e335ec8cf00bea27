"""A sealed secret opens for its own purpose, under its own key, and for nothing else."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.utils.crypto import salted_hmac

from palier.kernel import environment
from palier.kernel.sealing import Unreadable, seal, unseal


class TestSeal:
    def test_hides_the_text_and_gives_it_back(self):
        sealed = seal("jeton-très-secret", purpose="tests")
        assert "secret" not in sealed
        assert unseal(sealed, purpose="tests") == "jeton-très-secret"

    def test_never_gives_the_same_twice(self):
        assert seal("x", purpose="tests") != seal("x", purpose="tests")

    def test_opens_for_its_own_purpose_only(self):
        with pytest.raises(Unreadable):
            unseal(seal("x", purpose="tests"), purpose="others")

    def test_needs_the_key_it_was_sealed_with(self, monkeypatch):
        sealed = seal("x", purpose="tests")
        monkeypatch.setenv("PALIER_SECRET_KEY", "another key")
        with pytest.raises(Unreadable):
            unseal(sealed, purpose="tests")

    def test_still_opens_second_factors_stored_before(self, monkeypatch):
        import base64

        monkeypatch.setenv("PALIER_SECRET_KEY", "one key")
        digest = salted_hmac(
            "palier.web.accounts.mfa",
            environment.secret_key(),
            secret="one key",
            algorithm="sha256",
        )
        stored = Fernet(base64.urlsafe_b64encode(digest.digest())).encrypt(b"JBSWY3DP").decode()
        assert unseal(stored, purpose="palier.web.accounts.mfa") == "JBSWY3DP"
