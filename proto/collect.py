import itertools
import random
import sys
import time

import numpy as np
from fields import code
from users import users

from propersim.core import clock
from propersim.core.feedback import *
from propersim.memory.evidence import EvidenceMemory
from propersim.user.clocks import DayClocks, comfortable, moment, oracle_speaks
from propersim.user.rules import Rules
from propersim.world.catalogue import tones, topics

TOP=list(topics()); TON=list(tones())
class Lazy:
    def __init__(s,*a): s.a=a; s.e=None
    def __getattr__(s,n):
        e=s.__dict__['e']
        if e is None: e=s.__dict__['e']=s.a[0].at(*s.a[1:])
        return getattr(e,n)
class Sim:
    """light: lives days of a persona with rule ratings; policy(decide) gets evidence"""
    def __init__(s,p,r,mode='complete',noise=0.,delay=False,seed=0,share=1.0,n=2):
        s.p=p;s.r=r;s.rules=Rules(p);s.mode=mode;s.noise=noise;s.delay=delay;s.share=share;s.n=n
        s.mem=EvidenceMemory(); s.rng=random.Random(f's{seed}'); s.pend=[]
        s.usedtopics=None
    def truth(s,act,minute,cl,now,topic,tone):
        ru=s.rules
        pref=int(topic in ru.liked(act,minute)); tim=int(now.receptive); fr=int(comfortable(ru,cl))
        com=int(tone in ru.tones and not (topics()[topic].subjects & ru.boundaries))
        return Bits(pref,tim,fr,com)
    def flip(s,b,fl): return Bits(*(v^x for v,x in zip(b,fl)))
    def live(s,days,decide,record=None,timestep=2.5):
        stats=[]
        idx=0
        for day in range(1,days+1):
            if s.delay:
                for f in s.pend: s.mem.reveal(f)
                s.pend=[]
            plan=s.r.plan(day); ru=s.rules; gm=float(ru.frequency.gap_min)
            cl=DayClocks(plan.wake,gm); oc=DayClocks(plan.wake,gm); ai=0; minute=plan.wake; k=0
            st=[0,0,0]
            while minute<plan.sleep:
                while plan.actions[ai].end<=minute: ai+=1
                a=plan.actions[ai]; act=a.activity
                c=cl.at(minute); now=moment(ru,plan.gap_max,act,minute,c)
                o=oc.at(minute); on=moment(ru,plan.gap_max,act,minute,o)
                if oracle_speaks(ru,on,o): oc.show(minute,satisfying=True); st[2]+=1
                want=oracle_speaks(ru,now,c)
                e=Lazy(s.mem,day,minute,act,a.start)
                s.mem._begin(day); speak,(topic,tone)=decide(s,e,day,k,minute,clock.weekday(day),act,a,want)
                if record: record(s,e,day,k,minute,clock.weekday(day),act,a,want,ru.liked(act,minute),ru.tones,c,now)
                cand=[]
                fl=tuple(int(s.rng.random()<s.noise) for _ in range(4)) if s.noise else (0,0,0,0)
                sil=Bits(0 if now.wanted else 1,0 if now.wanted else 1,0 if now.overdue else 1,1)
                if s.mode=='complete':
                    cand.append(Said(None,None,None,s.flip(sil,fl)))
                    if speak or s.rng.random()<s.share:
                        ps=[(topic,tone)]
                        while len(ps)<s.n: ps.append((s.rng.choice(TOP),s.rng.choice(TON)))
                        cand+=[Said('x',t,n_,s.flip(s.truth(act,minute,c,now,t,n_),fl)) for t,n_ in ps]
                    shown=1 if speak else 0
                else:
                    if speak: cand=[Said('x',topic,tone,s.flip(s.truth(act,minute,c,now,topic,tone),fl))]
                    else: cand=[Said(None,None,None,None)]
                    shown=0
                if speak:
                    b=s.truth(act,minute,c,now,topic,tone); st[0]+=1; st[1]+=sum(b)==4
                    cl.show(minute,satisfying=b.satisfying)
                fb=Feedback(idx,day,minute,act,a.start,tuple(cand),shown)
                if s.delay:
                    s.mem.observe(fb._replace(candidates=tuple(x._replace(rating=None) for x in cand))); s.pend.append(fb)
                else: s.mem.observe(fb)
                idx+=1;k+=1;minute=plan.wake+k*timestep
            stats.append(st)
        return stats
def best(e,rng,explore=0.0):
    # the first by evidence; with Thompson-like exploration
    if explore and rng.random()<explore:
        un=[t.name for t in e.topics if not t.here.count] or TOP
        tn=[t.name for t in e.tones if not t.ever.count] or TON
        return rng.choice(un),(rng.choice(tn) if e.tones[0].chance<.5 else e.tones[0].name)
    top=[t.name for t in e.topics if t.chance>=e.topics[0].chance-1e-9]
    ton=[t.name for t in e.tones if t.chance>=e.tones[0].chance-1e-9]
    return rng.choice(top),rng.choice(ton)
def collect(n,days,seed,keep=.12,policy=None):
    X=[];Y=[];M=[]
    for u,(p,r) in enumerate(itertools.islice(users(seed),n)):
        rng=random.Random(f'c{seed}/{u}')
        x=rng.random(); mode='complete' if x<.6 else 'shown'; delay=rng.random()<.2; noise=rng.choice([0,0,0,0,0,.05,.1,.15]); share=rng.choice([.3,.6,1,1])
        s=Sim(p,r,mode,noise,delay,seed=u,share=share)
        sched=rng.choice([[0,.0,.3,.5,.7,.9],[.2,.4,.6,.8,.9,.95],[.6,.8,.9,.95,.95,.95],[0,0,0,.1,.2,.3]]); rate=rng.choice([1,2,4,8,16,40]); exp=rng.choice([.1,.3,.6])
        usep = policy is not None and rng.random()<.7
        def decide(s,e,day,k,minute,wd,act,a,want):
            if usep: sp=policy(s,e,day,k,minute,wd,act,a,rng)
            else:
                q=sched[min(day-1,5)]; sp=(want and rng.random()<q) or rng.random()<rate*max(.3,1-.15*(day-1))/390
            return sp,(best(e,rng,exp) if sp or rng.random()<.25 else (rng.choice(TOP),rng.choice(TON)))
        def rec(s,e,day,k,minute,wd,act,a,want,liked,tn,c,now):
            if not(want or (now.receptive and rng.random()<.35) or rng.random()<keep*.6) : return
            if want and rng.random()>.5: return
            w=(1/.5 if want else 1/(.35+.65*keep*.6) if now.receptive else 1/(keep*.6))
            topt=[t.name for t in e.topics if t.chance>=e.topics[0].chance-1e-9]; tont=[t.name for t in e.tones if t.chance>=e.tones[0].chance-1e-9]
            pt=sum(t in liked for t in topt)/len(topt); pn=sum(t in tn for t in tont)/len(tont)
            X.append([v for _,_,v in code(e,minute,wd,act,a.start,a.focus)]); Y.append((int(want),pt,pn,w)); M.append((u,day,mode=='shown',delay,noise))
        s.live(days,decide,rec)
    return np.array(X,np.int16),np.array(Y,np.float32),np.array(M,np.float32)
if __name__=='__main__':
    n,days,seed,out=int(sys.argv[1]),int(sys.argv[2]),int(sys.argv[3]),sys.argv[4]
    t=time.time(); X,Y,M=collect(n,days,seed); print(X.shape,Y.mean(0),time.time()-t)
    np.savez(out,X=X,Y=Y,M=M)
