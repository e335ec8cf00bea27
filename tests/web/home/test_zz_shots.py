import os, shutil, pytest
from django.urls import reverse
from palier.accounts.permissions import Role
pytestmark=[pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning")]
@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": shutil.which("chromium"), "args": ["--no-sandbox","--disable-gpu"]}
PAGES = os.environ.get("PAGES","").split()
def test_shots(live_server, browser, measured, settings):
    if os.path.exists("/tmp/p2/dev_urls.py"):
        settings.ROOT_URLCONF="dev_urls"
    client = measured.browse()
    cookie = client.cookies["sessionid"].value
    for width in (1280, 390):
        for scheme in ("light","dark"):
            ctx = browser.new_context(viewport={"width":width,"height":900}, color_scheme=scheme)
            ctx.add_cookies([{"name":"sessionid","value":cookie,"url":live_server.url}])
            page = ctx.new_page()
            page.on("console", lambda m: print("CONSOLE", m.type, m.text) if m.type in("error","warning") else None)
            page.on("pageerror", lambda e: print("ERR", e))
            for spec in PAGES:
                name,_,path = spec.partition("=")
                r=page.goto(live_server.url+path); page.wait_for_timeout(1500)
                print(name, r.status, "overflow", page.evaluate("document.documentElement.scrollWidth - innerWidth"))
                page.screenshot(path=f"/work/plan/shots/p2-{name}-{width}-{scheme}.png", full_page=True)
            ctx.close()
