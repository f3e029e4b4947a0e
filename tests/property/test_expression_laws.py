"""Laws of SPDX expressions, for any tree."""

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.licenses import And, Expression, InvalidExpressionError, License, Or, conjoin

_IDS = ["MIT", "Apache-2.0", "GPL-2.0-or-later", "LGPL-3.0-only", "LicenseRef-x", "MPL-2.0"]
_LICENSES = st.one_of(
    st.sampled_from(_IDS).map(License),
    st.sampled_from(["MIT", "Apache-1.1"]).map(lambda i: License(i, or_later=True)),
    st.just(License("GPL-2.0-only", exception="Classpath-exception-2.0")),
)
_TREES = st.recursive(
    _LICENSES,
    lambda inner: st.builds(
        lambda node, terms: node(tuple(terms)),
        st.sampled_from([And, Or]),
        st.lists(inner, min_size=2, max_size=4),
    ),
    max_leaves=12,
)
_LIMITED = settings(max_examples=150, derandomize=True, deadline=None)


@_LIMITED
@given(_TREES)
def test_parsing_the_text_of_a_tree_gives_the_tree(tree):
    expression = Expression(root=tree)

    parsed = Expression.parse(expression.text)

    assert parsed.root == tree
    assert parsed.text == expression.text


@_LIMITED
@given(st.lists(_TREES, min_size=1, max_size=5))
def test_conjoining_is_idempotent_and_ignores_order(trees):
    expressions = [Expression(root=t) for t in trees]

    joined = conjoin(expressions)

    assert joined is not None
    assert conjoin(reversed(expressions)) == joined
    assert conjoin([joined, *expressions]) == joined
    assert set(joined.licenses()) == {t for e in expressions for t in e.licenses()}


@_LIMITED
@given(st.text(alphabet="MITandORwh ()+-.GPL20LicenseRef:\t\n", max_size=60))
def test_any_text_is_an_expression_or_refused_with_a_place_inside_it(text):
    problem = _problem_of(text)

    assert problem is None or 0 <= problem.position <= len(text)
    assert problem is not None or Expression.parse(Expression.parse(text).text)


def _problem_of(text):
    try:
        Expression.parse(text)
    except InvalidExpressionError as error:
        return error
    return None
