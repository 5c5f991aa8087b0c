"""The Vagrantfile as Vagrant runs it, on a provider that needs no hypervisor."""
