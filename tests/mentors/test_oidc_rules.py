"""What the claims of an OpenID provider say of somebody: roles, address, key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digistrategia.sign_in import PROVIDER
from mentors import oidc

MAPPING = {"a": "johto", "b": "digimentori", "c": "ylläpitäjä", "d": "johto"}
ISSUER = "https://login.microsoftonline.com/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/v2.0"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, set()),
        ({"groups": []}, set()),
        ({"groups": ["a"]}, {"johto"}),
        ({"groups": ["a", "d"]}, {"johto"}),
        ({"groups": ["a", "b", "x"]}, {"johto", "digimentori"}),
        ({"groups": "c"}, {"ylläpitäjä"}),
        ({"groups": ["A", " a", "johto"]}, set()),
        ({"groups": {"a": 1}}, set()),
        ({"groups": [["a"], {"b": 1}, None, 5]}, set()),
        ({"groups": 5}, set()),
    ],
)
def test_groups_give_roles(claims, expected):
    assert oidc.roles_of(claims, "groups", MAPPING) == expected


@given(
    st.dictionaries(
        st.sampled_from(["groups", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
)
def test_whatever_a_claim_holds_only_mapped_roles_come_of_it(claims):
    assert oidc.roles_of(claims, "groups", MAPPING) <= set(MAPPING.values())


@pytest.mark.parametrize("claims", [{"_claim_names": {"groups": "x"}}, {"hasgroups": True}])
def test_groups_that_were_left_out_are_not_taken_for_none(claims):
    with pytest.raises(oidc.GroupsUnknown):
        oidc.roles_of(claims, "groups", MAPPING)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"iss": "https://x", "email": "A@b.fi", "email_verified": True}, "a@b.fi"),
        ({"iss": "https://x", "email": "a@b.fi"}, ""),
        ({"iss": "https://x", "email": "a@b.fi", "email_verified": "true"}, ""),
        ({"iss": "https://x", "email": "no address", "email_verified": True}, ""),
        ({"iss": "https://x", "email": ["a@b.fi"], "email_verified": True}, ""),
        ({"iss": "https://x", "email_verified": True}, ""),
        ({"iss": ISSUER, "email": "a@b.fi"}, "a@b.fi"),
        ({"iss": ISSUER, "preferred_username": "A@b.fi"}, "a@b.fi"),
        ({"iss": ISSUER, "preferred_username": "a"}, ""),
        ({"iss": ISSUER + "x", "email": "a@b.fi"}, ""),
        ({"iss": ISSUER.replace("microsoft", "micros0ft"), "email": "a@b.fi"}, ""),
        ({"iss": "https://login.microsoftonline.com/common/v2.0", "email": "a@b.fi"}, ""),
    ],
)
def test_which_address_the_provider_vouches_for(claims, expected):
    assert oidc.vouched_email(claims) == expected


def test_a_subject_of_another_issuer_is_somebody_else():
    keys = {
        oidc.key_of({"iss": iss, "sub": sub}) for iss in ("https://a", "https://b") for sub in "12"
    }
    assert len(keys) == 4


def test_both_know_the_provider_by_one_name():
    assert oidc.PROVIDER == PROVIDER
