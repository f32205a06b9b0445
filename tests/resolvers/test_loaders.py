from resolvers.loaders import MOST_COLUMN_SETS, ColumnSets


def test_columns_are_read_with_the_key() -> None:
    assert ColumnSets("id").fitting(frozenset({"title"})) == frozenset({"id", "title"})


def test_all_columns_are_read_where_all_may_be_needed() -> None:
    assert ColumnSets("id").fitting(None) is None


def test_past_the_limit_the_smallest_set_that_fits_is_read() -> None:
    sets = ColumnSets("id")
    for number in range(MOST_COLUMN_SETS):
        sets.fitting(frozenset(f"c{column}" for column in range(number + 1)))
    assert sets.fitting(frozenset({"c1"})) == frozenset({"id", "c0", "c1"})
    assert sets.fitting(frozenset({"other"})) is None
