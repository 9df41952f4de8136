"""Courses and their modules."""

from tests.support import Api

DRAFT = {"title": "Essai", "category": "GESTION", "level": "BEGINNER", "durationHours": 7}


def test_a_course_is_published_once_it_has_objectives_and_a_module(local: Api) -> None:
    admin = local.as_("ADMIN")
    course = admin.post("/courses", DRAFT).data["id"]
    refused = admin.post(f"/courses/{course}/publish")
    assert refused.json["rules"] == ["OBJECTIVE_MISSING", "MODULE_MISSING"]
    admin.patch(f"/courses/{course}", {"objectives": ["Savoir"]})
    assert admin.post(f"/courses/{course}/publish").json["rules"] == ["MODULE_MISSING"]
    admin.post(f"/courses/{course}/modules", {"title": "Un", "position": 1})
    published = admin.post(f"/courses/{course}/publish").data
    assert (published["status"], published["publishedAt"] is None) == ("PUBLISHED", False)


def test_a_learner_sees_published_courses_only(local: Api) -> None:
    learner = local.as_("LEARNER")
    assert {c["status"] for c in learner.get("/courses").data} == {"PUBLISHED"}
    assert learner.get("/courses/crs_brouillon").code == "NOT_FOUND"
    assert learner.get("/courses/crs_brouillon/modules").code == "NOT_FOUND"
    assert learner.get("/courses/crs_brouillon/modules/mod_brouillon_1").code == "NOT_FOUND"


def test_a_module_is_found_under_its_own_course_only(local: Api) -> None:
    admin = local.as_("ADMIN")
    assert admin.get("/courses/crs_excel_init/modules/mod_excel_1").status == 200
    assert admin.get("/courses/crs_excel_form/modules/mod_excel_1").code == "NOT_FOUND"


def test_a_deleted_draft_takes_its_modules_along(local: Api) -> None:
    admin = local.as_("ADMIN")
    course = admin.post("/courses", DRAFT).data["id"]
    module = admin.post(f"/courses/{course}/modules", {"title": "Un", "position": 1}).data["id"]
    assert admin.delete(f"/courses/{course}").status == 204
    space = local.sandbox.engine.platform.space("votre-tenant")
    assert space.collection("CourseModule").get(module) is None


def test_a_draft_in_a_path_cannot_be_deleted(local: Api) -> None:
    admin = local.as_("ADMIN")
    module = {"courseId": "crs_jetable", "order": 1, "mandatory": True}
    path = {"name": "P", "targetAudience": "BEGINNER", "modules": [module]}
    assert admin.post("/adaptive-paths", path).status == 201
    assert admin.delete("/courses/crs_jetable").code == "STILL_REFERENCED"


def test_the_position_of_a_module_is_free_in_another_course(local: Api) -> None:
    body = {"title": "Un", "position": 1}
    assert local.as_("ADMIN").post("/courses/crs_jetable/modules", body).status == 201


def test_courses_are_sorted_by_title_whatever_case_and_accents(local: Api) -> None:
    titles = [c["title"] for c in local.as_("ADMIN").get("/courses?sort=title").data]
    assert titles == sorted(titles, key=str.lower)
    turned = [c["title"] for c in local.as_("ADMIN").get("/courses?sort=-title").data]
    assert turned == titles[::-1]
