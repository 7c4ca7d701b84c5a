"""Prints whether the first sheet of a file opens with frozen panes, and at which row and column: office, profile, file.

A file that is converted without a window loses them, so LibreOffice itself is asked.
"""
import subprocess
import sys
import time

import uno
from com.sun.star.beans import PropertyValue

office, profile, path = sys.argv[1:4]
pipe = 'sheets%d' % time.time_ns()
server = subprocess.Popen([office, '-env:UserInstallation=' + profile, '--headless', '--norestore', '--accept=pipe,name=%s;urp;' % pipe])
try:
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext('com.sun.star.bridge.UnoUrlResolver', local)
    for _ in range(240):
        try:
            context = resolver.resolve('uno:pipe,name=%s;urp;StarOffice.ComponentContext' % pipe)
            break
        except Exception:
            time.sleep(0.25)
    desktop = context.ServiceManager.createInstanceWithContext('com.sun.star.frame.Desktop', context)
    document = desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), '_blank', 0, ())
    controller = document.CurrentController
    print(controller.hasFrozenPanes(), controller.SplitRow, controller.SplitColumn)
    document.close(True)
    desktop.terminate()
finally:
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
