"""Every alert, fired by the fault that it is about: made on a host of the lab, told to a webhook, and mended."""
