"""The pages of studies say what the files of results say."""

from propersim.studies.study import NAMES
from tools.study_pages import PAGES, REPORTS, ROOT, STUDIES, files


def test_the_pages_and_pictures_of_studies_say_what_the_files_say():
    wanted = files()
    for path, text in wanted.items():
        assert path.exists(), path.name
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: python -m tools.study_pages"
    assert {STUDIES / f"{name}.svg" for name in NAMES} | set(PAGES) == wanted.keys(), "a page and a picture each"


def test_every_report_is_on_a_page_and_names_its_files():
    pages = {name: (STUDIES / f"{name}.md").read_text(encoding="utf-8") for name in NAMES}
    for block, stored in REPORTS.items():
        assert f"<!-- begin report {block} -->" in pages[stored.study]
        assert all((ROOT / name).exists() for name in stored.files)
