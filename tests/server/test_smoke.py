def test_a_logged_in_admin_reads_an_enrollment(api):
    answer = api.as_("ADMIN").get("/enrollments/enr_xyz789")
    assert answer.status == 200
    assert answer.data["status"] == "ACTIVE"
