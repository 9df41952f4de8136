"""The sandbox in unittest: one for the class, a fresh tenant for each test."""

import unittest

from bacasable import Sandbox


class EnrollmentTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox(seed=1, tenants=["votre-tenant"])
        cls.sandbox.start()
        cls.addClassCleanup(cls.sandbox.stop)

    def setUp(self):
        self.tenant = self.sandbox.tenant("votre-tenant").fork()
        self.addCleanup(self.tenant.delete)

    def test_a_confirmation_is_sent(self):
        enrollment = {
            "courseId": "crs_excel_macro",
            "userId": "usr_learner",
            "paymentMethod": "FREE",
        }
        answer = self.tenant.client(role="ADMIN").post("/enrollments", json=enrollment)
        self.assertEqual(answer.status_code, 201)
        message = self.tenant.inbox.last(to="apprenant@example.com")
        self.assertEqual(message.kind, "enrollment.created")

    def test_an_outage_is_met(self):
        client = self.tenant.client(role="LEARNER")
        with self.tenant.faults.add("ERROR", status=503, count=1):
            self.assertEqual(client.get("/courses").status_code, 503)
            self.assertEqual(client.get("/courses").status_code, 200)


if __name__ == "__main__":
    unittest.main()
