"""Who may do what: the one place that decides it.

Three roles are Django groups; what a role may do stands here and not in the database, so that
it can be read, reviewed and tested as a table. Ask with `user.has_perm(perm)` or, for one
action, `user.has_perm(perm, action)`. Another app widens it by a backend of its own.
"""

from enum import StrEnum

from allauth.account.auth_backends import AuthenticationBackend


class Role(StrEnum):
    MANAGER = "johto"
    MENTOR = "digimentori"
    ADMINISTRATOR = "ylläpitäjä"


VIEW = "roadmap.view_strategy"
REPORT = "roadmap.report_action"  # any action, or with an object that one
REPORT_OWN = "roadmap.report_own_actions"
CHANGE_PLAN = "roadmap.change_action"
IMPORT = "roadmap.import_roadmap"
CHANGE_STRATEGY = "roadmap.change_strategy"  # thresholds, texts, quarters
READ_FEEDBACK = "mentors.view_feedback"
MANAGE_PEOPLE = "mentors.manage_people"
MANAGE_NETWORKS = "mentors.manage_networks"
LOG_COMMUNICATION = "mentors.log_communication"  # enter, and change one's own
CHANGE_COMMUNICATION = "mentors.change_communication"  # any entry, or with an object that one
NAME_DEPUTY = "mentors.name_deputy"  # for anybody, or with an object for that person
NAME_OWN_DEPUTY = "mentors.name_own_deputy"
COMMENT = "mentors.comment"
MANAGE_KPIS = "metrics.manage_kpis"  # KPIs, their groups and targets, imports, tokens
MEASURE = "metrics.measure_kpi"  # enter measurements of any KPI, or with an object of that one
MEASURE_OWN = "metrics.measure_own_kpis"  # of those that one owns
REMOVE_COMMENT = "mentors.remove_comment"  # any comment, or with an object that one

PERMISSIONS = {
    Role.MANAGER: {VIEW, COMMENT, MEASURE_OWN},
    Role.MENTOR: {VIEW, COMMENT, MEASURE_OWN, REPORT_OWN, LOG_COMMUNICATION, NAME_OWN_DEPUTY},
    Role.ADMINISTRATOR: {
        *(VIEW, REPORT, CHANGE_PLAN, IMPORT, CHANGE_STRATEGY, READ_FEEDBACK),
        *(MANAGE_KPIS, MEASURE, MEASURE_OWN),
        *(COMMENT, REMOVE_COMMENT, LOG_COMMUNICATION, CHANGE_COMMUNICATION),
        *(MANAGE_PEOPLE, MANAGE_NETWORKS, NAME_DEPUTY, NAME_OWN_DEPUTY),
    },
}


class RoleBackend(AuthenticationBackend):
    """Signs in by e-mail and password (allauth), and gives each role its permissions."""

    def get_user_permissions(self, user_obj, obj=None):
        return set()

    def get_group_permissions(self, user_obj, obj=None):
        return self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj, obj=None):
        if not user_obj.is_active or user_obj.is_anonymous:
            return set()
        if not hasattr(user_obj, "_role_permissions"):
            roles = user_obj.groups.values_list("name", flat=True)
            user_obj._role_permissions = set().union(*(PERMISSIONS.get(r, ()) for r in roles))
        return user_obj._role_permissions

    def has_perm(self, user_obj, perm, obj=None):
        granted = self.get_all_permissions(user_obj)
        if perm in granted:
            return True
        if perm == REPORT and obj is not None:
            return REPORT_OWN in granted and user_obj in obj.responsible.all()
        return False
