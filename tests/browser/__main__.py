from tests.browser import CHROMIUM, MISSING

print(f"Browser tests run in {CHROMIUM}." if CHROMIUM else MISSING)
