import os
import pwd
import unittest

import identidock


class Mainpage(unittest.TestCase):
    def test_greets(self):
        self.assertIn("Joe Bloggs", identidock.app.test_client().get("/").get_data(as_text=True))

    def test_runs_as_its_own_user(self):
        self.assertEqual(pwd.getpwuid(os.getuid()).pw_name, "uwsgi")


unittest.main()
