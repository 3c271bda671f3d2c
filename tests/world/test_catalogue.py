from propersim.world import catalogue


def test_catalogues_have_their_minimum_sizes():
    assert len(catalogue.activities()) >= 60
    assert len(catalogue.topics()) >= 24
    assert all(len(topic.suggestions) >= 20 for topic in catalogue.topics().values())
    assert len(catalogue.tones()) >= 6
    assert all(len(tone.phrasings) >= 6 for tone in catalogue.tones().values())


def test_the_fields_of_activities_are_in_range():
    for activity in catalogue.activities().values():
        low, high = activity.minutes
        assert 10 <= low <= high
        assert 1 <= activity.focus <= 5
        assert activity.tags
        assert 0 <= activity.hours[0] < activity.hours[1] <= 28


def test_no_tag_is_also_an_activity():
    tags = {tag for a in catalogue.activities().values() for tag in a.tags}
    assert not tags & set(catalogue.activities())


def test_suggestions_are_distinct_over_all_topics():
    every = [s for topic in catalogue.topics().values() for s in topic.suggestions]
    assert len(every) == len(set(every))


def test_topics_touch_known_subjects_only():
    assert all(topic.subjects <= set(catalogue.SUBJECTS) for topic in catalogue.topics().values())


def test_phrasings_contain_the_suggestion_once():
    for tone in catalogue.tones().values():
        for phrasing in tone.phrasings:
            assert phrasing.count("{suggestion}") + phrasing.count("{Suggestion}") == 1
            said = tone.say(phrasing, "bake a cake")
            assert "{" not in said
            assert "ake a cake" in said
