import yaml

from propersim.persona.library import personas_folder
from propersim.persona.parsing import parse_persona
from propersim.simulation.persona_check import examine, simulate


def with_band(low, high):
    """Return p07 with another number of recommendations per day."""
    data = yaml.safe_load((personas_folder() / "p07.yaml").read_text(encoding="utf-8"))
    data["rubric"]["frequency"] = {"text": "as often as needed", "min_per_day": low, "max_per_day": high}
    return parse_persona(yaml.safe_dump(data))


def test_the_oracle_is_in_the_band_where_every_day_offers_enough_wanted_moments():
    assert examine(with_band(3, 4), days=2).oracle_in_band == 1


def test_the_oracle_misses_a_band_that_no_day_has_wanted_moments_for():
    check = examine(with_band(40, 50), days=2)
    assert check.oracle_in_band == 0
    assert check.oracle_a_day < 40


def test_the_check_reports_the_scores_of_the_controls_that_it_names(personas):
    check = examine(personas["p07"], days=2, with_random=True)
    for name in ("silent", "eager", "random", "oracle"):
        figures = simulate(personas["p07"], name, days=2, seeds=(0,))
        assert getattr(check, name) == sum(sum(day.dimensions) for day in figures) / sum(day.steps for day in figures), name
    assert check.oracle_a_day == sum(day.oracle_shown for day in figures) / 2
    assert check.margin == check.oracle - max(check.silent, check.eager)
